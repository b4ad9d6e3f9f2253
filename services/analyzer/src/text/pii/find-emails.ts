import type { Span } from './span.ts'

/**
 * E-mail addresses, also international ones (RFC 6531), quoted local parts and `name [at] example [dot] com`. An
 * address needs a domain with a dot: `user@`, `@handle`, `@handle@host.example`, `root@localhost`, `pkg@1.2.3` and
 * `git@host:path` are none.
 *
 * It reads outwards from each `@`, to the next one at most, so that any text takes linear time.
 */
export function findEmails(text: string): Span[] {
  const spans: Span[] = []
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const from = spans.at(-1)?.end ?? 0
    const start = startOfLocalPart(text, from, at)
    const end = start === at ? at : endOfDomain(text, at + 1)
    if (end > at + 1 && !isGitRemote(text, start, at, end)) spans.push({ start, end })
  }
  if (!SPELLED_HINT.test(text)) return spans
  const spelled = Array.from(text.matchAll(SPELLED_OUT), ({ 0: match, index }) => ({
    start: index,
    end: index + match.length,
  }))
  return [...spans, ...spelled].toSorted((a, b) => a.start - b.start)
}

/** A local part is read in one script: Chinese and Japanese put no space between the sentence and the address. */
const LATIN_LOCAL = /[\p{Script=Latin}\p{Mn}\p{Nd}._%+'~^$-]/u
const OTHER_LOCAL = /[\p{L}\p{M}\p{N}._%+'~^$-]/u
const isLatin = (char: string): boolean => /[\p{Script=Latin}\p{Nd}._%+'~^$-]/u.test(char)
const QUOTED_MAX = 64

function startOfLocalPart(text: string, from: number, at: number): number {
  if (text[at - 1] === '"') {
    const quote = text.lastIndexOf('"', at - 2)
    return quote >= Math.max(from, at - QUOTED_MAX) && !text.slice(quote, at).includes('\n') ? quote : at
  }
  const allowed = isLatin(text[at - 1] ?? '') ? LATIN_LOCAL : OTHER_LOCAL
  let start = at
  while (start > from && allowed.test(text[start - 1] ?? '')) start--
  // `@user@host.example` is a handle.
  if (text[start - 1] === '@') return at
  while (start < at && !/[\p{L}\p{N}_+]/u.test(text[start] ?? '')) start++
  return start
}

const LATIN_LABEL = /[\p{Script=Latin}\p{Mn}\d-]+/uy
const OTHER_LABEL = /[\p{L}\p{M}\p{N}-]+/uy
const TOP_LEVEL = /^(?:xn--[a-z\d-]{2,59}|[\p{L}\p{M}]{2,63})$/iu

/** Where the domain that begins at `start` ends; `start` itself if there is none. */
function endOfDomain(text: string, start: number): number {
  let end = start
  for (let at = start, labels = 0; labels < 10; labels++) {
    const latin = matchAt(LATIN_LABEL, text, at)
    const label = latin === '' ? matchAt(OTHER_LABEL, text, at) : latin
    if (label === '' || label.length > 63) break
    at += label.length
    if (labels > 0 && TOP_LEVEL.test(label)) end = at
    if (text[at] !== '.') break
    at++
  }
  return end
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

const isGitRemote = (text: string, start: number, at: number, end: number): boolean =>
  text.slice(start, at) === 'git' && text[end] === ':'

const SPELLED_HINT = /[[({]\s?(?:at|ät|arroba|chez)\s?[\])}]/i
const SPELLED_OUT =
  /(?<![\w.+-])[\w.+-]{1,64}\s?[[({]\s?(?:at|ät|arroba|chez)\s?[\])}]\s?[\w-]{1,63}(?:(?:\.|\s?[[({]\s?(?:dot|punkt|point|punto|ponto)\s?[\])}]\s?)[\w-]{2,63}){1,4}/gi
