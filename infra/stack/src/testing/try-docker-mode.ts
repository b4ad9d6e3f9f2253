import assert from 'node:assert/strict'
import { createTopic, publishRecord, readRecords, registerSchema, runQuery } from './exercise-stack.ts'
import { makeTempDataDir } from '../data-directory/make-temp-data-dir.ts'
import { startStack } from '../start-stack.ts'

/**
 * Tries the Docker mode where a container engine answers: everything started from images, used, broken and repaired.
 * Ends with `docker mode: ok`, or fails; without an engine it fails with the sentence that says so.
 */
const begun = performance.now()
const say = (line: string) => console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`)

const { STACK_BROKERS, PATH, HOME } = process.env
const env = { STACK: 'docker', PATH, HOME, ...(STACK_BROKERS && { STACK_BROKERS }) }
const temp = await makeTempDataDir()
try {
  const stack = await startStack({ dataDir: temp.dataDir, env, preferPorts: false, report: say })
  try {
    assert.deepEqual(stack.modes, { kafka: 'docker', registry: 'docker', postgres: 'docker' })
    const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registryUrl, DATABASE_URL: databaseUrl } = stack.env

    await createTopic(brokers, 'tried')
    await publishRecord(brokers, 'tried', 'one')
    assert.deepEqual(await readRecords(brokers, 'tried', 1, 'first'), ['one'])
    say('a record went through Kafka')
    const id = await registerSchema(registryUrl, 'tried')
    await runQuery(databaseUrl, "create table tried as select 'one' as value")
    say('a schema is registered, a row is written')

    const [broker] = stack.brokers
    const { registry, postgres } = stack
    assert(broker && registry && postgres)
    for (const server of [broker, registry, postgres]) {
      await server.kill()
      await server.start()
      say(`${server.name} was killed and is back`)
    }
    await publishRecord(brokers, 'tried', 'two')
    assert.deepEqual(await readRecords(brokers, 'tried', 2, 'second'), ['one', 'two'])
    assert.equal(await registerSchema(registryUrl, 'tried'), id)
    assert.deepEqual(await runQuery(databaseUrl, 'select value from tried'), [{ value: 'one' }])
    say('record, schema id and row survived')

    for (const server of [broker, registry, postgres]) await server.pause()
    await assert.rejects(runQuery(databaseUrl, 'select 1', 1_000))
    await assert.rejects(fetch(`${registryUrl}/subjects`, { signal: AbortSignal.timeout(1_000) }))
    for (const server of [broker, registry, postgres]) {
      await server.resume()
      await server.start()
      say(`${server.name} was paused and answers again`)
    }
    await publishRecord(brokers, 'tried', 'three')
    assert.equal((await readRecords(brokers, 'tried', 3, 'third')).at(-1), 'three')
  } finally {
    await stack.stop()
    say('stopped')
  }
} finally {
  await temp.remove()
}
console.log('docker mode: ok')
