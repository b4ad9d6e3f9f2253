import type { Span } from './span.ts'

export interface Grouping {
  /** What may stand between two groups: three characters at most. */
  separator: RegExp
  maxGroups: number
  minDigits: number
  maxDigits: number
}

/**
 * Whether the text from `start` to `end`, in so many groups, is a number of the kind looked for; its whole span if it
 * is.
 */
type Accept = (start: number, end: number, groups: number) => Span | undefined

/**
 * Numbers written in groups: from each group on, the longest row of groups that `accept` takes. A row begins and ends
 * at a space or where the groups end, never within `2026-11-25`, and is no part of a word, a decimal, a time or a path.
 */
export function findDigitGroups(text: string, grouping: Grouping, accept: Accept): Span[] {
  const spans: Span[] = []
  for (const groups of clusters(text, grouping.separator)) {
    if (isIbanLike(text, groups[0])) continue
    for (let i = 0; i < groups.length; i++) {
      const row = opensRow(text, groups, i) ? longestRow(text, groups, i, grouping, accept) : undefined
      if (row === undefined) continue
      spans.push(row.span)
      i = row.last
    }
  }
  return spans
}

/**
 * Groups of digits that stand together. A loop and not one expression: that would keep a way back for each of a million
 * groups.
 */
function* clusters(text: string, separator: RegExp): Generator<Span[]> {
  let cluster: Span[] = []
  for (const { 0: digits, index } of text.matchAll(/\d+/g)) {
    const gap = text.slice(cluster.at(-1)?.end ?? index, index)
    if (cluster.length > 0 && !(gap.length <= 3 && separator.test(gap))) {
      yield cluster
      cluster = []
    }
    cluster.push({ start: index, end: index + digits.length })
  }
  if (cluster.length > 0) yield cluster
}

/** An IBAN that failed its check stays whole, instead of losing what looks like a phone number in it. */
const isIbanLike = (text: string, first: Span | undefined): boolean =>
  first !== undefined &&
  first.end - first.start === 2 &&
  /(?<!\p{L})[A-Z]{2}$/iu.test(text.slice(Math.max(0, first.start - 3), first.start))

function longestRow(text: string, groups: readonly Span[], first: number, grouping: Grouping, accept: Accept) {
  const { maxGroups, minDigits, maxDigits } = grouping
  const candidates = groups.slice(first, first + maxGroups)
  const start = candidates[0]?.start ?? 0
  let digits = candidates.reduce((sum, group) => sum + group.end - group.start, 0)
  for (let count = candidates.length; count > 0 && digits >= minDigits; count--) {
    const { start: from, end } = candidates[count - 1] as Span
    if (digits <= maxDigits && closesRow(text, groups, first + count - 1)) {
      const span = accept(start, end, count)
      if (span !== undefined) return { span, last: first + count - 1 }
    }
    digits -= end - from
  }
  return undefined
}

function opensRow(text: string, groups: readonly Span[], i: number): boolean {
  const start = groups[i]?.start ?? 0
  if (i > 0) return text[start - 1] === ' ' || text[groups[i - 1]?.end ?? 0] === ' '
  return !PART_OF_BEFORE.test(text.slice(Math.max(0, start - 6), start))
}

function closesRow(text: string, groups: readonly Span[], i: number): boolean {
  const end = groups[i]?.end ?? 0
  if (i < groups.length - 1) return text[end] === ' ' || text[(groups[i + 1]?.start ?? 0) - 1] === ' '
  return !PART_OF_AFTER.test(text.slice(end, end + 4))
}

/** Scripts that put no spaces between words may touch a number. */
const WORD = String.raw`\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_`
const PART_OF_BEFORE = new RegExp(
  String.raw`[${WORD}$€£¥@\\]$|(?:^|\D)\d{1,3}[.,]$|\d[:.]$|[${WORD}][-/]$|[${WORD}.]\/$`,
  'u',
)
const PART_OF_AFTER = new RegExp(String.raw`^(?:[${WORD}%‰°€£¥$@]|[.:]\d|,\d{1,2}(?!\d)|-[${WORD}])`, 'u')
