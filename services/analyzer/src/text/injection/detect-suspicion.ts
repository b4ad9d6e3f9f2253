import { findInvisible } from './find-invisible.ts'
import { foldText, leetReadings, runsOf, toWords } from './fold-text.ts'
import { readEncoded } from './read-encoded.ts'
import {
  findInstructionsIn,
  INSTRUCTIONS_IN_ONE_WORD,
  INSTRUCTIONS_IN_OTHER_SCRIPTS,
  possiblePhrases,
  scanWords,
  type PhraseSort,
} from './injection-phrases.ts'

/** What metrics count. */
export const SUSPICION_KINDS = [
  'invisible_characters',
  'role_markers',
  'imitates_results',
  'instructions_to_reader',
] as const
export type SuspicionKind = (typeof SUSPICION_KINDS)[number]

export interface Suspicion {
  kind: SuspicionKind
  /** What was seen, for a log: at most 80 printable characters. */
  detail: string
}

/**
 * Whether a conversation looks as if it were written to steer the model; such a one goes alone in its call, so that it
 * can change no answer but its own. Takes the texts before invisible characters are removed. The texts are also read as
 * one, in which instructions split over messages stand together.
 *
 * What an agent writes (`inbound` false) counts less, because boilerplate speaks of systems, ratings and answers in
 * every conversation: there a sign alone is none, unless it speaks to the one who evaluates.
 *
 * It reads every text whole, however long: each expression looks a bounded way ahead, so a megabyte takes well under a
 * second, and there is no end behind which to hide. It finds the known ways, not every way: that is what canaries are
 * for. A false alarm costs one call, so customers who forget their last mail, quote a chatbot or paste an API's answer
 * pass.
 */
export function suspicionOf(messages: readonly Said[]): Suspicion | null {
  for (const { text } of messages) {
    const invisible = findInvisible(text)
    if (invisible !== undefined) return { kind: 'invisible_characters', detail: invisible }
  }
  const [first] = signsIn(joinTexts(messages.filter(({ inbound }) => inbound !== false)))
  return toSuspicion(first ?? tellingSign(joinTexts(messages.filter(({ inbound }) => inbound === false))))
}

interface Said {
  text: string
  inbound?: boolean | null | undefined
}
interface Sign {
  kind: SuspicionKind
  /** Signs of one sort are one sign: they stand in the same boilerplate. */
  sort: SuspicionKind | PhraseSort
  found: string
}

const joinTexts = (messages: readonly Said[]): string => messages.map(({ text }) => text).join('\n')
const toSuspicion = (sign: Sign | undefined): Suspicion | null =>
  sign === undefined ? null : { kind: sign.kind, detail: quote(sign.found) }

/** A second sort of sign, or one that counts alone. */
function tellingSign(text: string): Sign | undefined {
  let before: Sign | undefined
  for (const sign of signsIn(text)) {
    before ??= sign
    if (sign.sort === 'addressing' || sign.sort !== before.sort) return sign
  }
  return undefined
}

/** In the text as it stands and in what is encoded in it. */
function* signsIn(text: string): Generator<Sign> {
  yield* signsInFolded(foldText(text))
  yield* signsInFolded(foldText(readEncoded(text)))
}

function* signsInFolded(text: string): Generator<Sign> {
  if (text === '') return
  const marker = ROLE_HINT.test(text) ? (ROLE_MARKERS.exec(text)?.[0] ?? unopened(text)) : undefined
  if (marker !== undefined) yield { kind: 'role_markers', sort: 'role_markers', found: marker }
  const result = imitatedResult(text)
  if (result !== undefined) yield { kind: 'imitates_results', sort: 'imitates_results', found: result }
  for (const { sort, found } of instructionsIn(text)) yield { kind: 'instructions_to_reader', sort, found }
}

const quote = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, ' ')
    .trim()
    .slice(0, 80)
    .toWellFormed()

/** In every mark; most texts hold none and are spared the rest. */
const ROLE_HINT = /[<#]|\[\/?(?:inst|sys|ass)|system|assistant|human|user ?:|end of|begin|start|\brole\b/

/** Marks between the turns of a prompt, of any model; `system:` is none where it begins a description of a computer. */
const ROLE_MARKERS = new RegExp(
  [
    String.raw`<\|?(?:im_start|im_end|im_sep|endoftext|eot_id|start_header_id|end_header_id|begin_of_text|eos|bos)\|?>`,
    String.raw`<\|(?:system|user|assistant|end|human)\|>|<(?:start|end)_of_turn>`,
    String.raw`\[/?(?:inst|sys)\]|<<\s?/?sys\s?>>|\[/?(?:system|assistant)[_ ](?:prompt|message|instructions?)\]`,
    String.raw`</?(?:system|assistant|instructions?|system[-_ ]?(?:prompt|message|instructions?)|human|prompt)(?: [^<>\n]{0,80})?>`,
    String.raw`data-role=["']?system|["']?role["']?\s?[:=]\s?["'](?:system|developer)["']`,
    String.raw`^[ \t>*_]{0,6}#{2,6} ?(?:system|instructions?|assistant|human|system prompt|new instructions?) ?(?::|$)`,
    String.raw`^[ \t>*_"'\[(]{0,6}system(?: (?:prompt|override|instructions?|directive))?[*_"'\])]{0,3} ?: ?(?![ \t]{0,4}(?:windows|win ?\d|mac|linux|ubuntu|debian|fedora|android|ios|ipad|iphone|chrome|pc\b|x86|64|32|v?\d|amd|intel|offline|online|down|up\b|running|ok\b|error|not\b))(?=[ \t]{0,4}\S)`,
    String.raw`^[ \t>*_]{0,6}(?:human|user) ?: ?[^\n]{0,2000}\n{1,4}[ \t>*_]{0,6}(?:assistant|ai|model) ?:`,
    String.raw`^[ \t>*_]{0,6}(?:assistant|ai|model) ?: ?[^\n]{0,2000}\n{1,4}[ \t>*_]{0,6}(?:human|user) ?:`,
    String.raw`\b(?:human|assistant) ?: ?[^\n]{0,300}\b(?:human|assistant) ?: ?[^\n]{0,300}\b(?:human|assistant) ?:`,
    String.raw`^[ \t>*_]{0,6}assistant ?: ?[{[]`,
    String.raw`(?:^|[.!?\]})>"'] ?)[-=*#_ \t]{0,20}end of (?:the )?(?:data|input|items?|document|untrusted (?:data|input|text)|user (?:data|input|message)|system prompt|prompt|context)\b`,
    String.raw`^[-=*#_ \t]{0,20}(?:begin|start)(?: of)? (?:system prompt|instructions|new instructions|admin instructions)\b`,
    String.raw`"\s?:\s?\[?\s?\{\s?"role"\s?:\s?"(?:customer|agent|unknown)"`,
  ].join('|'),
  'm',
)

/** `</items>` and the like close what was never opened here: a prompt. Markup that someone pasted opens it first. */
function unopened(text: string): string | undefined {
  const closing =
    /<\/(items?|messages?|conversations?|documents?|data|input|context|text|untrusted[-_a-z]{0,20})>/.exec(text)
  return closing === null || text.includes(`<${closing[1]}`) ? undefined : closing[0]
}

/** Keys of an answer with a value, in JSON, YAML or anything like it, and escaped or not. */
function imitatedResult(text: string): string | undefined {
  if (!/sentiment|_?id\b|results/.test(text)) return undefined
  const plain = text.includes('\\') ? text.replaceAll('\\', '') : text
  const score = /["'`]?\bsentiment[_-]?score\b["'`]?\s{0,3}(?::=?|=)/.exec(plain)
  if (score !== null) return score[0]
  const id = /\b(?:conversation|item)[_-]?id\b["'`]?\s{0,3}[:=]/.exec(plain)
  const value = /["'`]?\b(?:sentiment|score|confidence)\b["'`]?\s{0,3}[:=]\s{0,3}["'`]?[-+]?[\d.p]/.exec(plain)
  if (id !== null && value !== null) return `${id[0]} ${value[0]}`
  return /"results"\s{0,3}:\s{0,3}\[\s{0,3}\{\s{0,3}"(?:conversation_id|reasoning|clusters)"/.exec(plain)?.[0]
}

function* instructionsIn(text: string): Generator<{ sort: Sign['sort']; found: string }> {
  yield* instructionsInWords(text)
  const found = INSTRUCTIONS_IN_OTHER_SCRIPTS.exec(text)?.[0]
  if (found !== undefined) yield { sort: 'instructions_to_reader', found }
  for (const reading of leetReadings(text)) yield* instructionsInWords(reading)
}

function* instructionsInWords(text: string): Generator<{ sort: Sign['sort']; found: string }> {
  // Nearly every text ends here, without its words being made.
  const scan = scanWords(text)
  const phrases = possiblePhrases(scan)
  const { hasRun } = scan
  if (!hasRun && phrases.length === 0) return
  const words = toWords(text)
  yield* findInstructionsIn(words, phrases)
  const found = hasRun ? INSTRUCTIONS_IN_ONE_WORD.exec(runsOf(words))?.[0] : undefined
  if (found !== undefined) yield { sort: 'instructions_to_reader', found }
}
