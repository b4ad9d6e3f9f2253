import { parseJson } from '../provider/parse-json.ts'
import { endOfString, findDocuments, type FoundDocument } from './find-documents.ts'

export interface ReadResults {
  /** Each result that is closed and parses, in its order. */
  results: unknown[]
  /** Closed, but no JSON, or with a key that comes twice: it says two things, and which was meant is unknown. */
  broken: { text: string; reason: string }[]
  /** The text was one JSON document with nothing missing. */
  whole: boolean
}

/**
 * The objects in the array `results` of an answer's document, or of all documents where it has several: which of them
 * is the answer is not guessed. They are read one by one, so that one that is garbage (a bare NaN, say) costs no other,
 * and an answer that was cut off still gives what it completed: only closed objects count, a half one is never
 * completed. Null when there is no such array, or more in it than any call can ask for.
 */
export function readResults(text: string): ReadResults | null {
  const documents = findDocuments(text)
  const objects = documents.flatMap((document) => document.objects)
  if (documents.length === 0 || objects.length > MOST_RESULTS) return null
  const read: ReadResults = { results: [], broken: [], whole: isAllOf(text, documents) }
  for (const slice of objects) {
    const result = parseJson(slice)
    if (result === undefined) read.broken.push({ text: slice, reason: 'not JSON' })
    else if (hasRepeatedKey(slice, result)) read.broken.push({ text: slice, reason: 'a key comes twice' })
    else read.results.push(result)
  }
  return read
}

function isAllOf(text: string, [first, second]: readonly FoundDocument[]): boolean {
  if (first === undefined || second !== undefined || first.end > text.length) return false
  return text.slice(0, first.from).trim() === '' && text.slice(first.end).trim() === ''
}

/**
 * What is no JSON takes 20 µs to be refused, and two megabytes hold 300,000 of that. A call asks about 254 and two
 * canaries at most.
 */
const MOST_RESULTS = 1_000

/** The strings that a colon follows are the keys of JSON; `JSON.parse` keeps the last of those that are the same. */
function hasRepeatedKey(text: string, parsed: unknown): boolean {
  let written = 0
  for (let i = text.indexOf('"'); i !== -1; i = text.indexOf('"', i)) {
    i = endOfString(text, i) + 1
    // The white space of JSON: this text is JSON.
    while (' \n\r\t'.includes(text[i] ?? '.')) i++
    if (text[i] === ':') written++
  }
  return written !== countKeys(parsed)
}

function countKeys(parsed: unknown): number {
  let count = 0
  const open = [parsed]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null) continue
    if (!Array.isArray(value)) count += Object.keys(value).length
    for (const inner of Object.values(value)) open.push(inner)
  }
  return count
}
