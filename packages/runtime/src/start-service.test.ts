import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
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
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: Line[] = []
  const said = text(child.stderr)
  const listening = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (written) => {
    const line: Line = JSON.parse(written)
    lines.push(line)
    if (line.address !== undefined) listening.resolve(line.address)
  })
  return { lines, said, address: listening.promise, exit: once(child, 'close').then(([code]) => code as number | null) }
}

test('beyond loopback without keys no part is made, and the exit says that it failed', async () => {
  const { lines, said, exit } = run({ HOST: '0.0.0.0' })
  expect({ code: await exit, lines }).toEqual({ code: 1, lines: [] })
  expect(await said).toMatch(/^fixture: the environment has 1 fault:\n  - HOST=0.0.0.0 would .*\n$/)
})

test('a stop answers what is in flight before the process ends', async () => {
  const { lines, address, exit } = run({ HOST: '127.0.0.1' })
  const answer = await fetch(await address)
  expect({ answer: await answer.json(), code: await exit }).toEqual({ answer: { version: '1.2.3' }, code: 0 })
  expect(lines.map(({ msg }) => msg).slice(-2)).toEqual(['stopping', 'stopped'])
})
