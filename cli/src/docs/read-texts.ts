/** A text in a source file that a person reads, and the line that it begins in (from 1). */
export interface SourceText {
  kind: 'comment' | 'sentence' | 'prose'
  line: number
  text: string
}

/**
 * Comments of TypeScript, JavaScript and SQL; sentences in strings (in tests only the names of tests, for the rest is
 * data); the prose of Markdown without code and without generated parts. What is left out is blanked, so that lines
 * keep their number.
 */
export function readTexts(path: string, source: string): SourceText[] {
  if (path.endsWith('.md')) return [{ kind: 'prose', line: 1, text: proseOf(source) }]
  if (path.endsWith('.sql')) return tokens(source, /--[^\n]*|\/\*[^]*?\*\//g, () => 'comment')
  const isTest = /\.(?:test|fixture)\.ts$/.test(path)
  return tokens(source, TOKEN, (token, before) => {
    if (token.startsWith('//') || token.startsWith('/*')) return 'comment'
    if (token.startsWith('/') || !/\s\S+\s/.test(token)) return null
    return !isTest || TEST_NAME.test(before) ? 'sentence' : null
  })
}

/** Comments, strings, and regular expressions: the last only because they may hold quotes and slashes. */
const TOKEN =
  /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|(?<=(?:[(,=:[!&|?{};>]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//g

/** What stands before the name of a test or a group: `test(`, `describe.each([…])(`. */
const TEST_NAME = /(?:\b(?:test|it|describe)(?:\.\w+)?|\]\)|\))\(\s*$/

function tokens(
  source: string,
  pattern: RegExp,
  kindOf: (token: string, before: string) => SourceText['kind'] | null,
): SourceText[] {
  let line = 1
  let counted = 0
  return [...source.matchAll(pattern)].flatMap(({ 0: text, index }) => {
    line += source.slice(counted, index).split('\n').length - 1
    counted = index
    const kind = kindOf(text, source.slice(Math.max(0, index - 40), index))
    return kind === null ? [] : [{ kind, line, text }]
  })
}

function proseOf(markdown: string): string {
  const blank = (part: string) => part.replaceAll(/[^\n]/g, ' ')
  return markdown
    .replaceAll(/<!-- (\w+): [^]*?<!-- \/\1 -->/g, blank)
    .replaceAll(/^( *)```[^]*?^\1```/gm, blank)
    .replaceAll(/`[^`\n]*`/g, blank)
}
