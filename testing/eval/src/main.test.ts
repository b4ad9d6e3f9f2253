import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { closeSimulators, listen, simulator } from '@insights/grok-simulator/simulator.fixture'
import { afterEach, expect, test } from 'vitest'

afterEach(closeSimulators)

const results = resolve(import.meta.dirname, '../results')
const written = () => (existsSync(results) ? readdirSync(results).filter((name) => name.includes('-simulator.')) : [])

/** The program as `npm run eval` starts it. */
function start(env: NodeJS.ProcessEnv) {
  const main = resolve(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [main, '--sizes', '5', '--limit', '5'], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, ended, output: () => output }
}

test('Ctrl-C in the middle says that nothing was written, and ends with 130', async () => {
  const base = await listen(simulator({ rps: 0, medianMs: 60_000 }))
  const before = written()
  const { child, ended, output } = start({ GROK_API_KEY: 'simulator', GROK_BASE_URL: `${base}/v1` })
  await new Promise<void>((resolve) =>
    child.stderr.on('data', () => output().includes('the conversations') && resolve()),
  )
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  expect(output()).toContain('interrupted: nothing was written')
  expect(written()).toEqual(before)
})

test('what is wrong with the environment is said without a stack, and ends with 1', async () => {
  const { ended, output } = start({})
  expect(await ended).toBe(1)
  expect(output()).toContain('GROK_API_KEY is missing')
  expect(output()).toContain('Nothing was written.')
  expect(output()).not.toContain('    at ')
})
