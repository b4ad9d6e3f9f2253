import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

// Each test starts a process.
vi.setConfig({ testTimeout: 30_000 })

async function run(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], { env })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number | null, output: out + err }
}

const NEEDED = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1', INGRESS_PORT: '0' }

test('listening beyond loopback without keys is refused at start, with the ways out', async () => {
  const { code, output } = await run({ ...NEEDED, HOST: '0.0.0.0' })
  expect(code).toBe(1)
  expect(output).toContain('API_KEYS')
  expect(output).toContain('ALLOW_ANONYMOUS')
})

test('a bad environment is refused at start, every fault by name', async () => {
  const { code, output } = await run({ INBOUND_RPS: 'many', API_KEYS: 'x' })
  expect(code).toBe(1)
  for (const name of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'INBOUND_RPS', 'API_KEYS']) expect(output).toContain(name)
})
