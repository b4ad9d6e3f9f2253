export interface LineWriter {
  write(text: string): void
  /** What follows stands apart from what was written. */
  space(): void
  /** What follows begins a line. */
  breakLine(): void
  /** What follows is quoted so many levels deep. */
  quote(depth: number): void
  /** White space in what follows stays as it is. */
  keepSpace(keeps: boolean): void
  end(): string
}

/** Writes text as lines, with white space as a page shows it: a row of it is one space, and none stands at an edge. */
export function writeLines(): LineWriter {
  const parts: string[] = []
  let gap: '' | ' ' | '\n' = ''
  let mark = ''
  let keepsSpace = false
  const add = (text: string) => {
    if (text === '') return
    if (parts.length === 0) parts.push(mark)
    else if (gap === '\n') parts.push('\n', mark)
    else parts.push(gap)
    parts.push(text)
    gap = ''
  }
  return {
    write: (text) => {
      if (keepsSpace) return add(mark === '' ? text : text.replace(/\n/g, `\n${mark}`))
      const words = text.replace(/[\t\n\f\r ]+/g, ' ')
      if (words.startsWith(' ') && gap === '') gap = ' '
      add(words.slice(words.startsWith(' ') ? 1 : 0, words.endsWith(' ') ? -1 : undefined))
      if (words.endsWith(' ') && gap === '') gap = ' '
    },
    space: () => {
      if (gap === '') gap = ' '
    },
    breakLine: () => (gap = '\n'),
    quote: (depth) => (mark = '> '.repeat(Math.min(depth, DEEPEST))),
    keepSpace: (keeps) => (keepsSpace = keeps),
    end: () => parts.join(''),
  }
}

/** Deeper quotes look the same, so that a line costs no more the deeper it stands. */
const DEEPEST = 3
