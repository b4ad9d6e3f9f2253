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

test('the gateway does not open services without keys to the world: refused at start, with the ways out', async () => {
  const { code, output } = await run({ GATEWAY_PORT: '0', HOST: '0.0.0.0' })
  expect(code).toBe(1)
  expect(output).toContain('API_KEYS')
  expect(output).toContain('ALLOW_ANONYMOUS')
})

test('an address that is none, or has a path, is refused by name', async () => {
  const { code, output } = await run({
    GATEWAY_PORT: '0',
    INGRESS_URL: 'localhost',
    QUERY_URL: 'http://localhost:8002/api',
  })
  expect(code).toBe(1)
  expect(output).toContain('INGRESS_URL')
  expect(output).toContain('QUERY_URL')
})
