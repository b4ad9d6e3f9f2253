import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { root } from '../root.ts'
import { listFiles } from './list-files.ts'
import { readTestNames } from './read-test-names.ts'

/** The invariants that the document of invariants has a section for. */
export const readInvariants = (document: string): string[] =>
  [...document.matchAll(/^## (I\d+)\b/gm)].map(([, name = '']) => name)

/** For each of `invariants` the tests that name it, as a Markdown list by file, for a document in `docs/`. */
export function invariantTests(invariants: readonly string[]): Record<string, string> {
  const files = listFiles('.test.ts').map((path) => ({
    path,
    tests: readTestNames(readFileSync(resolve(root, path), 'utf8')),
  }))
  return Object.fromEntries(
    invariants.map((invariant) => {
      const lists = files.flatMap(({ path, tests }) => {
        const names = tests.filter(({ invariants: held }) => held.includes(invariant)).map(({ name }) => name)
        return names.length === 0 ? [] : [listOf(path, names)]
      })
      return [invariant, lists.join('\n')]
    }),
  )
}

const listOf = (path: string, names: readonly string[]): string =>
  [`- [${basename(path)}](../${path})`, ...names.map((name) => `  - ${escape(name)}`)].join('\n')

const escape = (text: string): string => text.replaceAll(/[\\`*_[\]<>]/g, '\\$&')
