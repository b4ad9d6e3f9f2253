import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { root } from './root.ts'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'insights-cli-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** The program as a process of its own, with addresses where nothing answers. */
const insights = (...argv: string[]) =>
  new Promise<Ended>((resolve) => {
    const nowhere = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1', DATABASE_URL: '' }
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir, ...nowhere }
    const options = { cwd: root, env, timeout: 15_000 }
    execFile(process.execPath, ['cli/insights.mjs', ...argv], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })

test.each(commands.map(({ name }) => name))('--help of %s only helps', async (name) => {
  const ended = await insights(name, '--help')
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout).toMatch(new RegExp(`^Usage: insights ${name} \\[options\\]\n`))
  expect(await readdir(dataDir)).toEqual([])
})

test('the list of commands is help when it was asked for, and a fault when no command was given', async () => {
  const [asked, forgotten] = await Promise.all([insights('--help'), insights()])
  expect(asked).toMatchObject({ code: 0, stderr: '' })
  for (const { name } of commands) expect(asked.stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  expect(forgotten).toMatchObject({ code: 2, stdout: '' })
  expect(forgotten.stderr).toContain('insights: say which command; insights --help lists what there is\n')
})

test('output that is not read any more is no fault: a command ends as it would have', async () => {
  const child = spawn(process.execPath, ['cli/insights.mjs', '--help'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  expect({ ended: await once(child, 'close'), said }).toEqual({ ended: [0, null], said: '' })
})

test.each([
  ['a command that is misspelt', ['dosc'], "unknown command 'dosc' (Did you mean docs?); insights --help"],
  [
    'an option that is misspelt',
    ['start', '--dmeo'],
    "start: unknown option '--dmeo' (Did you mean --demo?); insights",
  ],
  ['an option of another command', ['stack', '--demo'], "stack: unknown option '--demo'"],
  ['an argument too many', ['docs', 'README.md'], "docs: too many arguments for 'docs'"],
  ['a time that is none', ['redrive', '--since', 'yesterday'], "'yesterday' is invalid. Give a time as 2026-01-31"],
  ['an option without its value', ['redrive', '--class'], "redrive: option '--class <class>' argument missing"],
  ['a choice that is left open', ['redrive', '--dry-run'], 'redrive: say which failures: --class, --since or --retr'],
  ['a file that is not there', ['redrive', '--retryable', '--stack-env', 'gone.env'], 'there is no file gone.env'],
  ['a variable that is missing', ['migrate'], 'insights migrate: the environment has 1 fault:\n  - DATABASE_URL is'],
])('%s ends with 2 and says what to do, without a stack trace', async (_, argv, line) => {
  const ended = await insights(...argv)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain(line)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
  expect(await readdir(dataDir)).toEqual([])
})
