import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { documents } from './documents.ts'
import { fillMarkers } from './fill-markers.ts'

const root = resolve(import.meta.dirname, '../../..')
const readme = readFileSync(resolve(root, 'README.md'), 'utf8')
const scripts = (JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts

test('the generated tables are up to date: npm run docs writes them', async () => {
  for (const { found, written } of await documents()) expect(written).toBe(found)
})

test('every file that the README points to exists', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].flatMap(([, target]) => (target ? [target] : []))
  const local = links.filter((target) => !target.startsWith('http'))
  expect(local.length).toBeGreaterThan(5)
  expect(local.filter((target) => !existsSync(resolve(root, target)))).toEqual([])
})

test('every npm command in the README is a script that exists', () => {
  const named = [...readme.matchAll(/npm (?:run )?(?:-s )?([a-z][\w:-]*)/g)].flatMap(([, name]) => (name ? [name] : []))
  const own = named.filter((name) => !['ci', 'install', 'workspaces'].includes(name))
  expect(own).toContain('start')
  expect(own).toContain('test')
  expect(own.filter((name) => scripts[name] === undefined)).toEqual([])
})

test('a missing marker is a loud fault, not a table that silently rots', () => {
  expect(() => fillMarkers('README.md', 'no markers', { configuration: 'x' })).toThrow('README.md lacks')
})
