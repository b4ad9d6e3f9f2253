import { readTexts, type SourceText } from './read-texts.ts'

export interface Unclear {
  line: number
  /** What is wrong and what to do. */
  fault: string
}

/** Comment lines that are too long, and words that have a plainer one, in what a person reads in the file `path`. */
export function findUnclearText(path: string, source: string): Unclear[] {
  const lines = source.split('\n')
  const texts = readTexts(path, source)
  return [...texts.flatMap((text) => longLines(text, lines)), ...texts.flatMap(poorWords)].toSorted(
    (a, b) => a.line - b.line,
  )
}

const MAX_LINE = 120

/** Whole words in any case, and what to do instead. One word for one thing: docs/glossary.md. */
const PLAINER: readonly [words: RegExp, instead: string][] = [
  [/\bwhoever\b/gi, 'say who: the caller, the next owner, every reader'],
  [/\bnobody\b/gi, 'say who does not (no client, no other member), or what is not so (unread, unexpected)'],
  [/\b(?:any|every|some)body\b/gi, 'say who: a client, another process, all members'],
  [/\banew\b/gi, 'write "again"'],
  [/\bmend(?:s|ed|ing)?\b/gi, 'write "fix", "patch" or "repair"'],
  [/\bweather\b/gi, 'write "cool-down"'],
  [/\brooms?\b/gi, 'write "memory bound", "space" or "capacity", and "folder" for a part of the code'],
  [/\bcompany\b/gi, 'write "batch-mates" for the other conversations of a call, else name what it is'],
  [/\bcarriers?\b/gi, 'name what it is: a record, a conversation, a call'],
  [/\bpatience\b/gi, 'write "retries" or "time limit"'],
  [/\b(?:its|their) way\b/gi, 'write "in flight" or "being sent", and "path" for where it goes'],
]

function longLines({ kind, line, text }: SourceText, lines: readonly string[]): Unclear[] {
  if (kind !== 'comment') return []
  return text.split('\n').flatMap((_, at) => {
    const length = [...(lines[line - 1 + at] ?? '')].length
    if (length <= MAX_LINE) return []
    return [{ line: line + at, fault: `a line with a comment has ${length} characters: ${MAX_LINE} at most, wrap it` }]
  })
}

function poorWords({ line, text }: SourceText): Unclear[] {
  return PLAINER.flatMap(([words, instead]) =>
    [...text.matchAll(words)].map(({ 0: word, index }) => ({
      line: line + text.slice(0, index).split('\n').length - 1,
      fault: `"${word}": ${instead}`,
    })),
  )
}
