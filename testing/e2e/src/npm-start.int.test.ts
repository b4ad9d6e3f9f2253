import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { listProcesses } from '@insights/stack/list-processes'
import { processes } from '@insights/stack/process-table'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { servedInsights } from './read-insights.ts'
import { submit } from './submit.ts'

const root = resolve(import.meta.dirname, '../../..')
let context: TestContext
let dataDir: string
let pipeline: ChildProcess
let output = ''

/** `npm start -- --demo` on the run's stack: what is tested here is what it adds to that. */
beforeAll(async () => {
  context = await testContext('npm-start')
  dataDir = await mkdtemp(join(tmpdir(), 'insights-start-'))
  const { GROK_API_KEY: _key, GROK_BASE_URL: _url, ...outer } = process.env
  pipeline = spawn('npm', ['start', '--', '--demo'], {
    cwd: root,
    env: { ...outer, ...context.env, DATA_DIR: dataDir, SIMULATOR_LATENCY_MS: '200' },
    detached: true,
  })
  for (const stream of [pipeline.stdout, pipeline.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
}, 60_000)
afterAll(async () => {
  if (pipeline.exitCode === null && pipeline.signalCode === null) process.kill(-(pipeline.pid ?? 0), 'SIGKILL')
  await rm(dataDir, { recursive: true, force: true })
  await context.stop()
})

/** The processes that the supervisor runs, by the name of their program. */
async function supervised(): Promise<Map<string, number>> {
  const all = await listProcesses()
  const start = all.find(({ argv, parent }) => argv.includes('cli/insights.mjs') && isBelow(all, parent))
  return new Map(
    all
      .filter(({ parent }) => parent === start?.pid)
      .map(({ argv, pid }) => [argv.at(-1)?.split('/').at(-3) ?? '', pid]),
  )
}
const isBelow = (all: { pid: number; parent: number }[], pid: number): boolean =>
  pid === pipeline.pid || all.some((facts) => facts.pid === pid && facts.parent !== 1 && isBelow(all, facts.parent))
const printed = (pattern: RegExp) => pattern.exec(output)?.[1] ?? ''
const gateway = () => printed(/API\s+(http:\/\/\S+)\/api\/v1/)

test('a newcomer sees where things are, that a simulator answers, and the insights of the demo', async () => {
  await vi.waitFor(() => expect(output).toContain('40 of 40 insights arrived'), { timeout: 60_000, interval: 100 })
  expect(output).toContain('SIMULATOR answers instead of Grok')
  expect(output).toMatch(/kafka: env/)
  expect(output).not.toMatch(/Warning|error:/)
  const { insights, total } = await servedInsights(gateway())
  expect(total).toBe(40)
  expect(new Set(insights.map(({ model }) => model))).toEqual(new Set(['simulator']))
}, 90_000)

test('the printed curl works as it stands', async () => {
  const command = printed(/\n\s+(curl -s \S+\/api\/v1\/conversations [\s\S]*?')\n/)
  const shell = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] })
  let answer = ''
  shell.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  await once(shell, 'close')
  expect(JSON.parse(answer)).toMatchObject({ status: 'accepted' })
})

test('a web page that had its own name resolved to this machine reads nothing', async () => {
  const statusAs = async (headers: Record<string, string>) => {
    const asked = request(`${gateway()}/api/v1/insights?start_time=2020-01-01&end_time=2100-01-01`, { headers }).end()
    const [{ statusCode }] = (await once(asked, 'response')) as [IncomingMessage]
    return statusCode
  }
  const { host } = new URL(gateway())
  expect({
    own: await statusAs({ host }),
    rebound: await statusAs({ host: 'rebound.example:8000' }),
    foreign: await statusAs({ host, origin: 'https://rebound.example' }),
  }).toEqual({ own: 200, rebound: 421, foreign: 403 })
})

test('(I2) a service that is killed is started again, with a line that says so, and nothing is lost', async () => {
  const before = await supervised()
  expect([...before.keys()].toSorted()).toEqual(['analyzer', 'gateway', 'grok-simulator', 'ingress', 'query'])
  for (const service of ['analyzer', 'query', 'ingress']) process.kill(before.get(service) ?? 0, 'SIGKILL')
  await vi.waitFor(async () => {
    const now = await supervised()
    for (const service of ['analyzer', 'query', 'ingress']) {
      expect(now.get(service)).toBeDefined()
      expect(now.get(service)).not.toBe(before.get(service))
    }
  }, 20_000)
  expect(output).toMatch(/analyzer died \(SIGKILL\) after .* s, starting it again/)
  await submit(gateway, { conversation_id: 'after-kill', messages: [{ text: 'Still there? Great!' }] })
  const ids = async () => (await servedInsights(gateway())).insights.map(({ conversation_id }) => conversation_id)
  await vi.waitFor(async () => expect(await ids()).toContain('after-kill'), { timeout: 40_000, interval: 250 })
}, 90_000)

test('another analyzer joins from .data/stack.env', async () => {
  const path = join(dataDir, 'stack.env')
  expect(await readFile(path, 'utf8')).not.toMatch(/GROK_API_KEY=(?!simulator)/)
  const { PATH } = process.env
  const joined = spawn(process.execPath, [`--env-file=${path}`, processes.analyzer.program], {
    cwd: root,
    env: { ...(PATH && { PATH }) },
  })
  let log = ''
  joined.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()))
  await vi.waitFor(() => expect(log).toContain('joined the consumer group'), 30_000)
  joined.kill('SIGTERM')
  expect(await once(joined, 'close')).toEqual([0, null])
}, 60_000)

test('a misspelt option starts nothing', async () => {
  const second = spawn(process.execPath, ['cli/insights.mjs', 'start', '--nonsense'], { cwd: root })
  let text = ''
  second.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  expect(await once(second, 'close')).toEqual([2, null])
  expect(text).toContain('--nonsense')
})

test('Ctrl-C leaves nothing behind, also when it ended who read the output (npm start 2>&1 | tee log)', async () => {
  const pids = [...(await supervised()).values()]
  expect(pids).toHaveLength(5)
  for (const stream of [pipeline.stdout, pipeline.stderr]) stream?.destroy()
  // The terminal sends it to the whole foreground group.
  process.kill(-(pipeline.pid ?? 0), 'SIGINT')
  await once(pipeline, 'exit')
  const left = new Set((await listProcesses()).map(({ pid }) => pid))
  expect(pids.filter((pid) => left.has(pid))).toEqual([])
}, 40_000)
