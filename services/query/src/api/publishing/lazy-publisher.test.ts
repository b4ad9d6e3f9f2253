import { once } from 'node:events'
import { createServer } from 'node:net'
import { createLogger } from '@insights/runtime/logger'
import { describe, expect, test } from 'vitest'
import { createLazyPublisher } from './lazy-publisher.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const record = { topic: 't', key: 'k', value: null, headers: [] }

/** A publisher to a server that closes each connection, as a broker that is going down. */
async function listen() {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  const config = { KAFKA_BROKERS: [`127.0.0.1:${address.port}`], KAFKA_SSL: false }
  return { server, publisher: createLazyPublisher({ config, log, timeoutMs: 200 }) }
}

describe('the producer of the API', () => {
  test('connects with the first record and not before', async () => {
    const { server, publisher } = await listen()
    let connections = 0
    server.on('connection', () => connections++)
    await publisher.stop()
    server.close()
    expect(connections).toBe(0)
  })

  test('while Kafka is away each record is told so in time, with the reason, and the stop waits for none', async () => {
    const { server, publisher } = await listen()
    const asked = Promise.all([publisher.publish([record]), publisher.publish([record])])
    await once(server, 'connection')
    const away = { kind: 'away', reason: expect.stringMatching(/Kafka|not acknowledged in 200 ms/) }
    expect(await asked).toEqual([away, away])
    await publisher.stop()
    expect(await publisher.publish([record])).toEqual({ kind: 'away', reason: 'stopping' })
    server.close()
  })
})
