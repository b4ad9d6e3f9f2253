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
const insights = (...argv: string[]) => insightsWith({}, ...argv)
const insightsWith = (variables: Record<string, string>, ...argv: string[]) =>
  new Promise<Ended>((resolve) => {
    const nowhere = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1', DATABASE_URL: '' }
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir, ...nowhere, ...variables }
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
  ['a choice that is left open', ['redrive', '--dry-run'], 'redrive: say which failures: --class, --since, --retr'],
  ['a class that there is not', ['redrive', '--class', 'expried'], "'expried' is invalid. The classes are undecodable"],
  ['a rate of nothing', ['redrive', '--retryable', '--rate', '0'], "'0' is invalid. Give the records per second"],
  ['a window without a beginning', ['reanalyze'], "reanalyze: required option '--since <time>' not specified; insi"],
  ['a window that has not begun', ['reanalyze', '--since', '2900-01-01'], 'reanalyze: --since is in the future'],
  ['a file that is not there', ['redrive', '--retryable', '--stack-env', 'gone.env'], 'there is no file gone.env'],
])('%s ends with 2 and says what to do, without a stack trace', async (_, argv, line) => {
  const ended = await insights(...argv)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain(line)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
  expect(await readdir(dataDir)).toEqual([])
})

test('a wrong environment starts nothing: start tells the faults of all that it would start, and ends with 1', async () => {
  const wrong = {
    DATABASE_URL: 'mysql://u:geheim@127.0.0.1/insights',
    GROK_API_KEY: 'xai-\u201Cgeheim\u201D',
    GROK_BASE_URL: 'localhost:8090/v1',
    HOST: '0.0.0.0',
    INBOUND_RPS: 'many',
    QUERY_PORT: '80o2',
    REPLICATION_FACTOR: '0',
    STACK_BROKERS: '2',
  }
  const ended = await insightsWith(wrong, 'start')
  expect(ended).toMatchObject({ code: 1, stdout: '' })
  const [first, ...faults] = ended.stderr.trimEnd().split('\n  - ')
  expect(first).toBe('insights start: the environment has 8 faults:')
  expect(faults.map((fault) => /^[A-Z_]+/.exec(fault)?.[0]).toSorted()).toEqual(Object.keys(wrong))
  expect(ended.stderr).not.toContain('geheim')
  expect(await readdir(dataDir)).toEqual([])
})

test('a part of the environment that only the services read is no matter of the servers alone', async () => {
  const { stderr } = await insightsWith({ INBOUND_RPS: 'many', REPLICATION_FACTOR: '0' }, 'stack')
  expect(stderr).toMatch(/^insights stack: the environment has 1 fault:\n  - REPLICATION_FACTOR.*\n$/)
})

test('an address without a key is a fault of its own, and the simulator is not taken instead', async () => {
  const { code, stderr } = await insightsWith(
    { GROK_BASE_URL: 'https://api.x.ai/v1', DATABASE_URL: 'postgres://h/d' },
    'start',
  )
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('GROK_API_KEY is not') })
})

test.each([
  ['start', ['start', '--demo'], 'npm took --demo for itself'],
  ['redrive', ['run', 'redrive', '--retryable', '--dry-run'], 'npm took --retryable --dry-run for itself'],
  ['redrive', ['run', 'redrive', '--class', 'expired'], 'too many arguments'],
])('what npm kept of %s because -- was forgotten is named, and nothing is done (%j)', async (name, argv, fault) => {
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, DATA_DIR: dataDir, KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' }
  const ended = await new Promise<Ended>((resolve) => {
    execFile('npm', argv, { cwd: root, env, timeout: 15_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(`insights ${name}: ${fault}`)
  expect(ended.stderr).toContain(`; what comes behind -- is for insights: npm run ${name} -- --`)
  expect(await readdir(dataDir)).toEqual([])
})
