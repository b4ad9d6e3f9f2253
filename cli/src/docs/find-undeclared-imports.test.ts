import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { findUndeclaredImports, type Workspace } from './find-undeclared-imports.ts'
import { root } from '../root.ts'
import { listFiles } from './list-files.ts'

const read = (path: string) => readFileSync(resolve(root, path), 'utf8')

/**
 * The servers of the tests are built on these two workspaces, whose own integration tests need the servers. Declared,
 * that would be a circle, which turbo refuses to put in an order.
 */
const BELOW_THE_SERVERS = /^(?:packages\/runtime|schemas)\/src\/.*\.int\.test\.ts: @insights\/(?:stack|fixtures)$/

test('every file imports only what its workspace declares', () => {
  const sources = new Map(listFiles('.ts', '.mjs').map((path) => [path, read(path)]))
  const workspaces = new Map(
    listFiles('package.json').map((path) => [dirname(path).replace(/^\.$/, ''), JSON.parse(read(path)) as Workspace]),
  )
  expect({ sources: sources.size > 500, workspaces: workspaces.size > 10 }).toEqual({ sources: true, workspaces: true })
  const undeclared = findUndeclaredImports(sources, workspaces).filter((line) => !BELOW_THE_SERVERS.test(line))
  expect(undeclared).toEqual([])
})

const workspaces = new Map<string, Workspace>([
  ['', { name: 'root', devDependencies: { vitest: '1' } }],
  ['a/b', { name: '@x/b', dependencies: { pg: '1' }, devDependencies: { '@x/stack': '1' } }],
])
const undeclared = (path: string, text: string) => findUndeclaredImports(new Map([[path, text]]), workspaces)

const lazy = 'four'

test('imports of all forms are found, by the names of their packages', () => {
  const text = [
    "import pg from 'pg'",
    "import { readFile } from 'node:fs/promises'",
    "import { x } from '@x/b/x'",
    "import {\n  one,\n  two,\n} from '@x/one/deep/file'",
    "export type { T } from 'two'",
    "import 'three/register'",
    `const four = await import('${lazy}')`,
    "import { near } from './near.ts'",
    "const text = 'read from ' + 'five'",
  ].join('\n')
  expect(undeclared('a/b/src/x.ts', text)).toEqual([
    'a/b/src/x.ts: @x/one',
    'a/b/src/x.ts: two',
    'a/b/src/x.ts: three',
    'a/b/src/x.ts: four',
  ])
})

test('what only tests need is for tests and for what runs in a checkout', () => {
  const text = "import { testContext } from '@x/stack/test-context'\nimport { test } from 'vitest'"
  expect(undeclared('a/b/src/x.test.ts', text)).toEqual([])
  expect(undeclared('a/b/src/x.ts', text)).toEqual(['a/b/src/x.ts: @x/stack', 'a/b/src/x.ts: vitest'])
})
