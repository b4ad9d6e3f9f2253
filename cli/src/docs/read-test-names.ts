export interface NamedTest {
  /** Without its invariants. */
  name: string
  /** `I2`, `I8`, … */
  invariants: string[]
}

/**
 * The names in a test file that say which invariant they hold, as `(I2)` or `(I2, I5)` in a test's or a group's name. A
 * name is taken for one where a text stands first between parentheses.
 */
export function readTestNames(source: string): NamedTest[] {
  return [...source.matchAll(FIRST_TEXT)].flatMap(([, , text = '']) => {
    const marks = [...text.matchAll(MARK)]
    if (marks.length === 0) return []
    const invariants = marks.flatMap(([, list = '']) => list.split(/, ?/))
    const name = text.replaceAll(MARK, ' ').replaceAll(/\\(.)/g, '$1').replaceAll(/\s+/g, ' ')
    return [{ name: name.replace(/ (?=[,:;.])/g, '').trim(), invariants }]
  })
}

const FIRST_TEXT = /\(\s*(['"`])((?:\\.|(?!\1)[^\\])*?)\1\s*,/g
const MARK = /\s?\((I\d+(?:, ?I\d+)*)\)/g
