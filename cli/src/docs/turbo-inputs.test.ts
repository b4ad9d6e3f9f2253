import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../root.ts'
import { listFiles } from './list-files.ts'

interface DryRun {
  globalCacheInputs: { files: Record<string, string> }
  tasks: {
    taskId: string
    /** Where its workspace lies; the root's is empty. */
    directory: string
    /** From its directory. */
    inputs: Record<string, string>
    dependencies: string[]
    environmentVariables: { specified: { env: string[] } }
  }[]
}

const CHECKS = ['typecheck', 'lint', 'words', 'format:check', 'deadcode', 'test:unit']
const turbo = resolve(root, 'node_modules/.bin/turbo')
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
const { tasks, globalCacheInputs } = JSON.parse(
  execFileSync(turbo, ['run', ...CHECKS, '--dry=json'], { cwd: root, env, encoding: 'utf8', maxBuffer: 1 << 26 }),
) as DryRun

const byId = new Map(tasks.map((task) => [task.taskId, task]))
const filesOf = new Map(
  tasks.map(({ taskId, directory, inputs }) => [
    taskId,
    new Set(Object.keys(inputs).map((path) => resolve(root, directory, path))),
  ]),
)

/** The checks that turbo runs again when this file changes: it is an input of theirs or of what they depend on. */
function rerunBy(path: string): string[] {
  const isGlobal = path in globalCacheInputs.files
  const isInput = (taskId: string): boolean =>
    filesOf.get(taskId)?.has(resolve(root, path)) === true ||
    (byId.get(taskId)?.dependencies ?? []).some((dependency) => isInput(dependency))
  return tasks
    .map(({ taskId }) => taskId)
    .filter((taskId) => !taskId.endsWith('#changed') && (isGlobal || isInput(taskId)))
    .toSorted()
}

/** What the first group of the pattern finds in a file. */
const matchesOf = (path: string, pattern: RegExp): string[] =>
  Array.from(readFileSync(resolve(root, path), 'utf8').matchAll(pattern), ([, found]) => found ?? '')

/** The root's checks, and the typecheck of these workspaces. */
const checks = (rootTasks: string[], workspaces: string[] = []) =>
  [...rootTasks.map((name) => `//#${name}`), ...workspaces.map((name) => `@insights/${name}#typecheck`)].toSorted()
const allOf = (name: string) => tasks.map(({ taskId }) => taskId).filter((taskId) => taskId.endsWith(`#${name}`))

test('a check that was passed is run again after each change that it can see, and only then', () => {
  const source = ['typecheck', 'lint', 'words', 'format:check', 'deadcode', 'test:unit']
  const json = ['typecheck', 'lint', 'words', 'format:check', 'deadcode', 'test:unit']
  const text = ['words', 'format:check', 'test:unit']
  const container = ['typecheck', 'lint', 'words', 'format:check', 'deadcode', 'test:unit']
  expect({
    source: rerunBy('testing/eval/src/scores/macro-f1.ts'),
    test: rerunBy('testing/bench/src/measures/simulate-ladder.test.ts'),
    json: rerunBy('testing/eval/package.json'),
    avsc: rerunBy('schemas/avro/insight-produced.avsc').filter((id) => id.startsWith('//')),
    document: rerunBy('docs/design.md'),
    readme: rerunBy('README.md'),
    compose: rerunBy('docker-compose.yml'),
    Dockerfile: rerunBy('infra/docker/Dockerfile'),
    'tsconfig.base.json': rerunBy('tsconfig.base.json').filter((id) => id.endsWith('#typecheck')).length,
    'package-lock.json': rerunBy('package-lock.json'),
  }).toEqual({
    source: checks(source, ['eval']),
    test: checks(source, ['bench']),
    json: checks(json, ['eval']),
    avsc: checks(['format:check', 'test:unit', 'typecheck']),
    document: checks(text),
    readme: checks(text),
    compose: checks(['deadcode', 'format:check', 'test:unit']),
    Dockerfile: checks(container),
    'tsconfig.base.json': allOf('typecheck').length,
    'package-lock.json': CHECKS.flatMap(allOf).toSorted(),
  })
})

test('no file is left out of what the unit tests depend on, nor the variables that they read', () => {
  const files = listFiles('.ts', '.mjs', '.json', '.jsonl', '.md', '.avsc', '.sql', '.yml', '.env', 'Dockerfile')
  expect(files.filter((path) => filesOf.get('//#test:unit')?.has(resolve(root, path)) !== true)).toEqual([])
  const read = files
    .filter((path) => path.endsWith('.test.ts') && !path.endsWith('.int.test.ts'))
    .flatMap((path) => matchesOf(path, /process\.env\['(\w+)'\]/g))
  const { env: named = [] } = byId.get('//#test:unit')?.environmentVariables.specified ?? {}
  expect(read).toContain('WHOLE_CATALOGUE')
  expect(read.filter((name) => !['PATH', 'HOME'].includes(name) && !named.includes(name))).toEqual([])
})

test('a workspace is checked again after a change of any workspace that one of its files imports', () => {
  const packages = new Map(
    listFiles('package.json').map((path) => [
      (JSON.parse(readFileSync(resolve(root, path), 'utf8')) as { name: string }).name,
      dirname(path),
    ]),
  )
  const sources = listFiles('.ts')
  const forgotten = [...packages].flatMap(([name, directory]) => {
    const own = sources.filter((path) => path.startsWith(`${directory}/`))
    const imported = new Set(own.flatMap((path) => matchesOf(path, /'(@insights\/[\w-]+)\//g)))
    return [...imported]
      .filter((other) => !rerunBy(`${packages.get(other)}/package.json`).includes(`${name}#typecheck`))
      .map((other) => `${name}: ${other}`)
  })
  expect(forgotten).toEqual([])
})
