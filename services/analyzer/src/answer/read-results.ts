import { parseJson } from '../provider/parse-json.ts'

export interface ReadResults {
  /** Each result that is closed and parses, in its order. */
  results: unknown[]
  /** Closed, but no JSON, or with a key that comes twice: it says two things, and which was meant is unknown. */
  broken: { text: string; reason: string }[]
  /** The text was one JSON document with nothing missing. */
  whole: boolean
}

/**
 * The objects in the array `results` of an answer's outermost object. They are read one by one, so that one that is
 * garbage (a bare NaN, say) costs no other, and an answer that was cut off still gives what it completed: only closed
 * objects count, a half one is never completed. Prose or a fence around the document is passed over. Iterative, in
 * one pass over the text, so that neither depth nor length can hurt. Null when there is no such array, or more in it
 * than any call can ask for.
 */
export function readResults(text: string): ReadResults | null {
  const found = findObjects(text)
  if (found === null || found.objects.length > MOST_RESULTS) return null
  const read: ReadResults = { results: [], broken: [], whole: found.closed && found.bare }
  for (const slice of found.objects) {
    const result = parseJson(slice)
    if (result === undefined) read.broken.push({ text: slice, reason: 'not JSON' })
    else if (hasRepeatedKey(slice, result)) read.broken.push({ text: slice, reason: 'a key comes twice' })
    else read.results.push(result)
  }
  return read
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

const KEY = '"results"'

interface Found {
  objects: string[]
  closed: boolean
  /** Nothing but white space around it. */
  bare: boolean
}

/**
 * Walks over the structure of JSON, whatever stands in it. Objects without `results` (in prose, say) are passed over.
 */
function findObjects(text: string): Found | null {
  for (let from = text.indexOf('{'); from !== -1;) {
    const { seen, objects, end } = walk(text, from)
    if (seen) {
      const bare = text.slice(0, from).trim() === '' && text.slice(end).trim() === ''
      return { objects, closed: end <= text.length, bare }
    }
    from = text.indexOf('{', end)
  }
  return null
}

/** From the `{` at `from` to behind its end; `end` is beyond the text when it is never closed. */
function walk(text: string, from: number): { seen: boolean; objects: string[]; end: number } {
  const objects: string[] = []
  let depth = 0
  let inResults = false
  let seen = false
  /** The last string and colon at the outermost level: `"results":` opens the array that counts. */
  let before = ''
  let begun = -1
  for (let i = from; i < text.length; i++) {
    const c = text[i]
    if (c === '"') {
      const end = endOfString(text, i)
      if (depth === 1) before = text.slice(i, end + 1)
      i = end
    } else if (c === '{' || c === '[') {
      if (depth === 1 && c === '[' && before === `${KEY}:`) inResults = seen = true
      if (depth === 2 && c === '{' && inResults) begun = i
      depth++
    } else if (c === '}' || c === ']') {
      depth--
      // Brackets that do not match: what no `{` began is no object, and no text is handed on twice.
      if (depth === 2 && c === '}' && inResults && begun !== -1) objects.push(text.slice(begun, i + 1))
      if (depth <= 2) begun = -1
      if (depth === 1) inResults = false
      if (depth === 0) return { seen, objects, end: i + 1 }
    } else if (depth === 1 && (c === ':' || c === ',')) {
      before = c === ':' && before === KEY ? `${KEY}:` : ''
    }
  }
  return { seen, objects, end: text.length + 1 }
}

/** Index of the quote that ends the string which begins at `from`; the end of the text when it does not end. */
function endOfString(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i
  }
  return text.length
}
