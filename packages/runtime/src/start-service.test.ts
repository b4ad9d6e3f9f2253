import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

// Each test starts a process.
vi.setConfig({ testTimeout: 30_000 })

interface Line {
  level: string
  service: string
  msg: string
  address?: string
}

function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('start-service.fixture.ts', import.meta.url))], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: Line[] = []
  const listening = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line: Line = JSON.parse(text)
    lines.push(line)
    if (line.address !== undefined) listening.resolve(line.address)
  })
  return { lines, address: listening.promise, exit: once(child, 'close').then(([code]) => code as number | null) }
}

test('beyond loopback without keys no part is made, and the exit says that it failed', async () => {
  const { lines, exit } = run({ HOST: '0.0.0.0' })
  expect({ code: await exit, lines }).toMatchObject({ code: 1, lines: [{ level: 'fatal', service: 'fixture' }] })
  expect(lines).toHaveLength(1)
})

test('a stop answers what is in flight before the process ends', async () => {
  const { lines, address, exit } = run({ HOST: '127.0.0.1' })
  const answer = await fetch(await address)
  expect({ answer: await answer.json(), code: await exit }).toEqual({ answer: { version: '1.2.3' }, code: 0 })
  expect(lines.map(({ msg }) => msg).slice(-2)).toEqual(['stopping', 'stopped'])
})
