import { expect, test } from 'vitest'
import { findBrokenLinks, findMissingFiles } from './find-broken-links.ts'

const repository = (documents: Record<string, string>, files: string[] = []) => ({
  documents: new Map(Object.entries(documents)),
  exists: (path: string) => [...Object.keys(documents), ...files].includes(path.replace(/\/$/, '')),
})

test('links to files and headings are followed from where their document lies', () => {
  const documents = {
    'README.md':
      '[design](docs/design.md#3-topics-and-events-contract) [top](#two) [web](https://example.com/x)\n## Two',
    'docs/design.md': '# Design\n\n## 3. Topics and events (contract)\n\n[up](../README.md) [code](../a/b.ts)',
  }
  expect(findBrokenLinks(repository(documents, ['a/b.ts']))).toEqual([])
})

test('a file that was moved, a heading that was renamed and an anchor into code are found', () => {
  const documents = {
    'docs/a.md': '[gone](b.md) [renamed](#old) [code](../x.ts#L3)\n\n## New\n\n```md\n[example](nowhere.md)\n```',
  }
  expect(findBrokenLinks(repository(documents, ['x.ts']))).toEqual([
    'docs/a.md: b.md',
    'docs/a.md: #old',
    'docs/a.md: ../x.ts#L3',
  ])
})

test('two headings of the same words have two anchors', () => {
  expect(findBrokenLinks(repository({ 'a.md': '# Why\n# Why\n[1](#why) [2](#why-1) [3](#why-2)' }))).toEqual([
    'a.md: #why-2',
  ])
})

test('a source file between backquotes is a whole path or the end of one', () => {
  const files = ['services/query/src/migrate.ts']
  const documents = { 'docs/a.md': '`migrate.ts`, `query/src/migrate.ts`, `rate.ts` and `services/query/migrate.ts`' }
  expect(findMissingFiles(repository(documents, files), files)).toEqual([
    'docs/a.md: rate.ts',
    'docs/a.md: services/query/migrate.ts',
  ])
})
