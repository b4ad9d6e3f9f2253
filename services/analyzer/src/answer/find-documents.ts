/** A JSON document in a text, as far as its results go. */
export interface FoundDocument {
  from: number
  /** Behind its end; beyond the text when it is never closed. */
  end: number
  /** The text of each closed object in its array `results`. */
  objects: string[]
}

/**
 * The outermost objects with an array `results`, whatever stands in it, in their order. Prose or a fence around them is
 * passed over, and so is what a model thinks aloud, for a draft is not the answer: what stands between `<think>` and
 * `</think>`, and, since some servers leave the first of the two away, all before a `</think>`. Inside of a document a
 * tag is a word of its author, unless the document is never closed and another one follows the tag.
 *
 * Iterative, in one pass over the text and few more, so that neither depth nor length can hurt.
 */
export function findDocuments(text: string): FoundDocument[] {
  const tags: Tag[] = []
  for (const { 0: tag, 1: opens, index } of text.matchAll(TAG)) {
    tags.push({ opens: opens !== undefined, from: index, end: index + tag.length })
    if (tags.length > TAGS_MAX) return []
  }
  return findBehind(0, { text, tags, passes: PASSES_MAX })
}

interface Tag {
  opens: boolean
  from: number
  end: number
}

function findBehind(
  start: number,
  { text, tags, passes }: { text: string; tags: readonly Tag[]; passes: number },
): FoundDocument[] {
  let found: FoundDocument[] = []
  let next = tags.filter(({ from }) => from < start).length
  for (let from = text.indexOf('{', start); ;) {
    const tag = tags[next]
    if (tag !== undefined && (from === -1 || tag.from < from)) {
      if (!tag.opens) found = []
      while (tags[next]?.opens) next++
      const end = tags[next++]?.end
      // It was cut off while the model was thinking.
      if (end === undefined) return found
      if (from !== -1 && from < end) from = text.indexOf('{', end)
      continue
    }
    if (from === -1) return found
    const { seen, objects, end } = walk(text, from)
    if (end > text.length) {
      const close = tags.slice(next).find(({ opens }) => !opens)
      const behind = close && passes > 1 ? findBehind(close.end, { text, tags, passes: passes - 1 }) : []
      if (behind.length > 0) return behind
    }
    while (next < tags.length && (tags[next]?.from ?? 0) < end) next++
    if (seen) found.push({ from, end, objects })
    if (found.length > DOCUMENTS_MAX) return []
    from = text.indexOf('{', end)
  }
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
export function endOfString(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i
  }
  return text.length
}

const KEY = '"results"'
/** Of DeepSeek and Qwen, Mistral, Kimi; gpt-oss begins its answer with the last. The first group is an opening tag. */
const TAG =
  /(<(?:think|thinking|thoughts?|reasoning|reflection|scratchpad)>|\[THINK\]|◁think▷)|<\/(?:think|thinking|thoughts?|reasoning|reflection|scratchpad)>|\[\/THINK\]|◁\/think▷|<\|channel\|>final/gi
const PASSES_MAX = 4
/** No model thinks, or answers, that often. */
const TAGS_MAX = 1_000
const DOCUMENTS_MAX = 100
