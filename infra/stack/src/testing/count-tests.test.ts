import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../../..')
const REPORTER = JSON.stringify(join(import.meta.dirname, 'count-tests.ts'))

/** What `.ci/run` prints last of a run of these test files, and how it ends. */
function lastLines(files: Record<string, string>, failedSteps: string[] = []) {
  const directory = mkdtempSync(join(tmpdir(), 'insights-count-tests-'))
  try {
    const config = `import { countTests } from ${REPORTER}
      export default { test: { globals: true, reporters: [countTests(process.env)] } }`
    for (const [name, text] of Object.entries({ ...files, 'vitest.config.ts': config }))
      writeFileSync(join(directory, name), text)
    const counts = join(directory, 'counts.json')
    const { VITEST: _vitest, ...outer } = process.env
    const env = { ...outer, TEST_COUNTS_FILE: counts }
    spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', directory], { env })
    const args = [join(root, '.ci/count-tests.mjs'), counts, ...failedSteps]
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    return { lines: stdout.trim().split('\n'), status }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('a run ends with the name and the reason of each failure, whether a test failed, a hook, or neither', () => {
  const { lines, status } = lastLines(
    {
      'good.test.ts': `it('passes', () => {})`,
      'bad.test.ts': `describe('a suite', () => { it('fails', () => expect(1).toBe(2)); it('passes', () => {}) })`,
      'hook.test.ts': `beforeAll(() => { throw new Error('no server') }); it('never runs', () => {})`,
      'inner-hook.test.ts': `describe('a suite', () => { beforeAll(() => { throw new Error('no table') }); it('never runs', () => {}) })`,
      'broken.test.ts': `throw new Error('not a module')`,
      'loose.test.ts': `it('passes', () => void Promise.reject(new Error('nobody waits')))`,
    },
    ['npm test'],
  )
  expect(lines.slice(0, -1).toSorted()).toEqual([
    expect.stringMatching(/^FAILED bad\.test\.ts > a suite > fails: expected 1 to be 2/) as string,
    'FAILED broken.test.ts: not a module',
    'FAILED hook.test.ts: no server',
    'FAILED inner-hook.test.ts: no table',
    'FAILED step npm test',
    'FAILED unhandled: nobody waits',
  ])
  expect(lines.at(-1)).toBe('3 passed, 6 failed')
  expect(status).toBe(1)
})

test('a run without failures ends with 0, one without tests does not', () => {
  expect(lastLines({ 'good.test.ts': `it('passes', () => {})` })).toEqual({ lines: ['1 passed, 0 failed'], status: 0 })
  expect(lastLines({})).toEqual({ lines: ['0 passed, 0 failed'], status: 1 })
})
