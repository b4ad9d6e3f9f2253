import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { documents } from './documents.ts'
import { fillMarkers } from './fill-markers.ts'
import { findBrokenLinks, findMissingFiles } from './find-broken-links.ts'
import { readInvariants } from './invariant-tests.ts'
import { root } from '../root.ts'
import { listFiles } from './list-files.ts'

const read = (path: string) => readFileSync(resolve(root, path), 'utf8')
const markdown = new Map(listFiles('.md').map((path) => [path, read(path)]))
const repository = { documents: markdown, exists: (path: string) => existsSync(resolve(root, path)) }
/** What may refer to the documents. */
const texts = listFiles('.ts', '.mjs', '.sql', '.md', '.yml').map((path) => ({
  path,
  text: read(path),
}))

function references(pattern: RegExp): { path: string; named: string }[] {
  return texts.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([, named = '']) => ({ path, named })))
}

test('the generated parts are up to date: npm run docs writes them', async () => {
  for (const { found, written } of await documents()) expect(written).toBe(found)
})

test('every link in a document leads to a file or a heading that exists', () => {
  expect(markdown.size).toBeGreaterThan(20)
  expect(findBrokenLinks(repository)).toEqual([])
})

test('every source file that a document names exists', () => {
  expect(findMissingFiles(repository, listFiles('.ts', '.mjs', '.sql', '.avsc'))).toEqual([])
})

test('every invariant that code or a test names is in docs/invariants.md, and each of those is held by tests', () => {
  const named = references(/\bI(\d+)\b/g)
  const known = readInvariants(read('docs/invariants.md'))
  expect(named.length).toBeGreaterThan(200)
  expect(named.filter(({ named: number }) => !known.includes(`I${number}`))).toEqual([])
  for (const invariant of known)
    expect(read('docs/invariants.md')).toMatch(new RegExp(`<!-- ${invariant}: [^]*?\\n- \\[`))
})

test('every section of the design that code or a document refers to exists', () => {
  const named = references(/\bdesign,? section (\d+)/gi)
  const sections = new Set(Array.from(read('docs/design.md').matchAll(/^## (\d+)\. /gm), ([, number]) => number))
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter(({ named: number }) => !sections.has(number))).toEqual([])
})

test('every sentence of /readyz that docs/troubleshooting.md explains is one that the code says', () => {
  const rows = [...read('docs/troubleshooting.md').matchAll(/^\| (?:`[a-z ]+`|any) +\| ([^|]*) \|/gm)].map(
    ([, said = '']) => said,
  )
  const parts = rows.flatMap((said) =>
    [...said.matchAll(/`([^`]+)`/g)].flatMap(([, sentence = '']) => sentence.split('…')),
  )
  const code = texts.filter(
    ({ path }) => /^(?:services|packages|schemas)\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'),
  )
  expect(parts.length).toBeGreaterThan(30)
  expect(parts.filter((part) => !code.some(({ text }) => text.includes(part.trim())))).toEqual([])
})

test('every npm command in a document is a script that exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = [...markdown].flatMap(([path, text]) =>
    [...text.matchAll(/\bnpm (?:run )?(?:-s )?([a-z][\w:-]*)/g)].map(([, name = '']) => ({ path, name })),
  )
  const own = named.filter(({ name }) => !['ci', 'install', 'workspaces', 'scripts'].includes(name))
  expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['start', 'test', 'docs']))
  expect(own.filter(({ name }) => scripts[name] === undefined)).toEqual([])
})

test('the README fits on a few screens', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150)
})

test('a missing marker is a loud fault, not a table that silently rots', () => {
  expect(() => fillMarkers('README.md', 'no markers', { configuration: 'x' })).toThrow('README.md lacks')
})
