/**
 * Sets of beginnings of words (up to four of a to z and 0 to 9; shorter is the whole word), of which every text that a
 * phrase matches holds one each. The phrase is a regular expression over `toWords`: literals, groups `(?:…)` with
 * quantifiers and look-arounds, which tell nothing. What is not understood gives no set, never a wrong one.
 */
export function requiredWords(phrase: string): string[][] {
  const sets: string[][] = []
  let atWord = true
  const parts = parse(phrase)
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as Part
    if (part.kind === 'look') continue
    if (part.kind === 'group') {
      if (atWord && !part.optional) {
        const words = firstWordsOf(part)
        // A short word is only known whole, so it must end with the group.
        if (words !== null && (isBounded(parts, i) || [...words].every((word) => word.length === 4)))
          sets.push([...words])
      }
      atWord = endsWord(part) && (atWord || !part.optional)
    } else if (part.kind === 'char' && part.char === ' ') atWord = !part.optional || atWord
    else {
      if (atWord && !part.optional) {
        const word = wordAt(parts, i)
        if (word !== null) sets.push([word])
      }
      atWord = false
    }
  }
  return sets
}

type Part =
  | { kind: 'char'; char: string; optional: boolean; repeated: boolean }
  | { kind: 'group'; alternatives: Part[][]; optional: boolean }
  | { kind: 'other'; optional: boolean }
  | { kind: 'look' }
type Group = Extract<Part, { kind: 'group' }>

function parse(source: string): Part[] {
  const [parts, end] = parseAlternative(source, 0)
  if (end === source.length) return parts
  const [alternatives] = parseGroup(`${source})`, 0)
  return [{ kind: 'group', alternatives, optional: false }]
}

function parseAlternative(source: string, from: number): [Part[], number] {
  const parts: Part[] = []
  let i = from
  while (i < source.length && source[i] !== '|' && source[i] !== ')') {
    let part: Part
    const look = /^\(\?(?:<?[=!])/.exec(source.slice(i, i + 4))
    if (source[i] === '(') {
      const [alternatives, end] = parseGroup(source, i + (look?.[0].length ?? 3))
      part = look === null ? { kind: 'group', alternatives, optional: false } : { kind: 'look' }
      i = end
    } else if (source[i] === '[') {
      part = { kind: 'other', optional: false }
      i = source.indexOf(']', i) + 1
    } else if (source[i] === '\\') {
      part = { kind: 'other', optional: false }
      i += 2
    } else {
      part = { kind: 'char', char: source.charAt(i), optional: false, repeated: false }
      i++
    }
    const quantifier = /^(?:[?*+]|\{(\d+)[^}]*\})/.exec(source.slice(i, i + 12))
    if (quantifier !== null && part.kind !== 'look') {
      i += quantifier[0].length
      part.optional = quantifier[0] === '?' || quantifier[0] === '*' || quantifier[1] === '0'
      if (part.kind === 'char') part.repeated = quantifier[0] !== '?'
    }
    parts.push(part)
  }
  return [parts, i]
}

function parseGroup(source: string, from: number): [Part[][], number] {
  const alternatives: Part[][] = []
  for (let i = from; ; i++) {
    const [parts, end] = parseAlternative(source, i)
    alternatives.push(parts)
    i = end
    if (source[i] === ')') return [alternatives, i + 1]
    if (source[i] !== '|') throw new Error(`a group has no end: ${source}`)
  }
}

/** The beginning of the word whose first letter is part `i`, or null when it may be several. */
function wordAt(parts: readonly Part[], i: number): string | null {
  let word = ''
  for (let k = i; ; k++) {
    const part = parts[k]
    if (word.length === 4 || part === undefined) return word.length === 4 || part === undefined ? word || null : null
    if (part.kind === 'look') continue
    if (part.kind === 'group') return part.alternatives.every(beginsWithSpace) ? word : null
    if (part.kind === 'other' || part.repeated) return null
    if (part.char === ' ') return part.optional ? null : word
    if (part.optional || !/[a-z0-9]/.test(part.char)) return null
    word += part.char
  }
}
const beginsWithSpace = ([first]: readonly Part[]) => first?.kind === 'char' && first.char === ' ' && !first.optional

/** The words that may come first where the group stands; null when that cannot be told. */
function firstWordsOf({ alternatives }: Group): Set<string> | null {
  const words = new Set<string>()
  for (const parts of alternatives) {
    let done = false
    for (let i = 0; i < parts.length && !done; i++) {
      const part = parts[i] as Part
      if (part.kind === 'look') continue
      if (part.kind === 'group') {
        const inner = firstWordsOf(part)
        if (inner === null || (!part.optional && !endsWordOrAlternative(part, parts, i))) return null
        for (const word of inner) words.add(word)
        // What may be left out must end with its word, or the next letter would go on with it.
        if (part.optional && !endsWord(part)) return null
        done = !part.optional
      } else {
        const word = part.kind === 'char' && part.char !== ' ' && !part.optional ? wordAt(parts, i) : null
        if (word === null) return null
        words.add(word)
        done = true
      }
    }
    if (!done) return null
  }
  return words
}

/** A space or the end comes behind the part. */
function isBounded(parts: readonly Part[], i: number): boolean {
  const part = parts[i]
  if (part?.kind === 'group' && endsWord(part)) return true
  const next = parts.slice(i + 1).find(({ kind }) => kind !== 'look')
  if (next === undefined || (next.kind === 'char' && next.char === ' ' && !next.optional)) return true
  return next.kind === 'group' && !next.optional && next.alternatives.every(beginsWithSpace)
}

function endsWordOrAlternative(group: Group, parts: readonly Part[], i: number): boolean {
  const next = parts[i + 1]
  if (endsWord(group) || (next?.kind === 'char' && next.char === ' ')) return true
  return next === undefined ? false : next.kind === 'group' && next.alternatives.every(beginsWithSpace)
}

/** Whether its words are whole: of shorter ones than four letters another part might go on with them. */
const endsWord = ({ alternatives }: Group): boolean =>
  alternatives.every((parts) => {
    const last = parts.at(-1)
    if (last?.kind === 'group') return !last.optional && endsWord(last)
    return last?.kind === 'char' && last.char === ' ' && !last.optional
  })
