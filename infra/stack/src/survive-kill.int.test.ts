import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findOurs } from './data-directory/clear-leftovers.ts'
import { createTopic, publishRecord, readRecords, registerSchema, runQuery } from './testing/exercise-stack.ts'
import { listProcesses } from './data-directory/list-processes.ts'
import { makeTempDataDir } from './data-directory/make-temp-data-dir.ts'
import type { Server } from './servers/server.ts'
import { startStack, type Stack } from './start-stack.ts'

// A stack of its own, of local processes whatever the run's is: it is broken on purpose, and its owner is killed.
const env = {
  ...process.env,
  STACK: 'local',
  STACK_BROKERS: '1',
  KAFKA_BROKERS: '',
  SCHEMA_REGISTRY_URL: '',
  DATABASE_URL: '',
}
let temp: Awaited<ReturnType<typeof makeTempDataDir>>
let stack: Stack | undefined
beforeAll(async () => {
  temp = await makeTempDataDir()
})
afterAll(async () => {
  await stack?.stop()
  await temp.remove()
})

/** A process that starts a stack on the data directory of this file, tells its addresses and lives on. */
function spawnOwner() {
  const code = `
    const { startStack } = await import(process.argv[1])
    const stack = await startStack({ dataDir: process.argv[2], env: process.env, preferPorts: false, report: console.error })
    console.log(JSON.stringify(stack.env))
    setInterval(() => undefined, 60_000)`
  const script = new URL('./start-stack.ts', import.meta.url).href
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, script, temp.dataDir], { env })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => JSON.parse(text) as Stack['env'])
  const ended = once(child, 'close').then(() => Promise.reject(new Error(`the owner ended: ${said}`)))
  const started = Promise.race([line, ended])
  ended.catch(() => undefined)
  return { process: child, started }
}

const servers = async () => findOurs(await listProcesses(), temp.dataDir)

function running(): Stack & { registry: Server; postgres: Server } {
  if (!stack?.registry || !stack.postgres) throw new Error('the stack of this file did not start')
  return { ...stack, registry: stack.registry, postgres: stack.postgres }
}

describe('a stack of local processes', { timeout: 120_000 }, () => {
  test('whose owner was killed is cleared by the next start, which finds all data and the same schema ids', async () => {
    const child = spawnOwner()
    const first = await child.started
    await createTopic(first.KAFKA_BROKERS, 'kept')
    await publishRecord(first.KAFKA_BROKERS, 'kept', 'from the first run')
    await runQuery(first.DATABASE_URL, "create table kept as select 'from the first run' as value")

    const elsewhere = startStack({ dataDir: temp.dataDir, env })
    await expect(elsewhere).rejects.toThrow(new RegExp(`Another run uses .* \\(process ${child.process.pid}`))

    const ids = [
      await registerSchema(first.SCHEMA_REGISTRY_URL, 'kept'),
      await registerSchema(first.SCHEMA_REGISTRY_URL, 'last'),
    ]
    child.process.kill('SIGKILL')
    await once(child.process, 'exit')
    expect(await servers()).not.toHaveLength(0)

    const lines: string[] = []
    stack = await startStack({ dataDir: temp.dataDir, env, preferPorts: false, report: (line) => lines.push(line) })
    const cleared = lines.find((line) => line.startsWith('cleared what a killed run had left'))
    for (const what of ['a Kafka broker', 'the schema registry', 'Postgres']) expect(cleared).toContain(what)

    expect(await readRecords(stack.env.KAFKA_BROKERS, 'kept', 1, 'after')).toEqual(['from the first run'])
    expect(await runQuery(stack.env.DATABASE_URL, 'select value from kept')).toEqual([{ value: 'from the first run' }])
    const { SCHEMA_REGISTRY_URL: url } = stack.env
    expect([await registerSchema(url, 'kept'), await registerSchema(url, 'last')]).toEqual(ids)
    expect(ids).not.toContain(await registerSchema(url, 'another'))
  })

  test('keeps data, ids and addresses over a kill of each server, however soon after the acknowledgement', async () => {
    const { env: at, brokers, registry, postgres } = running()
    const id = await registerSchema(at.SCHEMA_REGISTRY_URL, 'hasty')
    await registry.kill()
    await runQuery(at.DATABASE_URL, 'create table hasty ()')
    await postgres.kill()
    await publishRecord(at.KAFKA_BROKERS, 'kept', 'hasty')
    for (const broker of brokers) await broker.kill()
    expect(await servers()).toEqual([])

    await Promise.all([registry, postgres, ...brokers].map((server) => server.start()))
    expect(await registerSchema(at.SCHEMA_REGISTRY_URL, 'hasty')).toBe(id)
    await runQuery(at.DATABASE_URL, 'select from hasty')
    expect(await readRecords(at.KAFKA_BROKERS, 'kept', 2, 'hasty')).toContain('hasty')
  })

  test('a paused server answers nothing, not even on an open connection, and goes on when it is resumed', async () => {
    const { env: at, registry, postgres } = running()
    const open = new pg.Client({ connectionString: at.DATABASE_URL })
    await open.connect()
    await Promise.all([postgres.pause(), registry.pause()])
    let answered = false
    const asked = open.query('select 1').then(() => (answered = true))
    await expect(fetch(`${at.SCHEMA_REGISTRY_URL}/subjects`, { signal: AbortSignal.timeout(1_500) })).rejects.toThrow(
      /timeout/,
    )
    expect(answered).toBe(false)
    await Promise.all([postgres.resume(), registry.resume()])
    await asked
    await open.end()
    expect((await fetch(`${at.SCHEMA_REGISTRY_URL}/subjects`)).status).toBe(200)
  })

  test('leaves no process behind when it is stopped, even with a server paused, and can be stopped twice', async () => {
    const { postgres } = running()
    await postgres.pause()
    await stack?.stop()
    await stack?.stop()
    expect(await servers()).toEqual([])
  })
})
