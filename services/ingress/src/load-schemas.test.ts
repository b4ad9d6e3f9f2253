import { createLogger } from '@insights/runtime/logger'
import { expect, test } from 'vitest'
import { createSchemaLoader } from './load-schemas.ts'

class Passing extends Error {}

/** Pauses last as long as the test wants: `resume` ends the one that is on. */
function createTestLoader(load: () => Promise<void>) {
  const lines: { level: string; msg: string }[] = []
  const pauses: number[] = []
  const crashes: unknown[] = []
  let resume = () => {}
  const loader = createSchemaLoader({
    load,
    isPassing: (error) => error instanceof Passing,
    crash: (error) => void crashes.push(error),
    log: createLogger({
      service: 't',
      level: 'info',
      destination: { write: (line) => void lines.push(JSON.parse(line)) },
    }),
    pause: (ms, signal) =>
      new Promise((resolve) => {
        pauses.push(ms)
        resume = resolve
        signal.addEventListener('abort', () => resolve())
      }),
  })
  return { loader, lines, pauses, crashes, resume: () => resume() }
}

test('a registry that comes later is waited for, and told of once', async () => {
  let attempts = 0
  const { loader, lines, pauses, resume } = createTestLoader(async () => {
    if (++attempts <= 8) throw new Passing('the registry is away')
  })
  expect(loader.notReady()).not.toBeNull()
  loader.start()
  for (let i = 1; i <= 8; i++) {
    await expect.poll(() => pauses).toHaveLength(i)
    expect(loader.notReady()).toContain('the registry is away')
    resume()
  }
  await expect.poll(() => loader.notReady()).toBeNull()
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000])
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info'])
  await loader.stop()
})

test('an error that nobody knows crashes instead of being tried again', async () => {
  const unknown = new TypeError('a bug')
  const { loader, crashes, pauses } = createTestLoader(() => Promise.reject(unknown))
  loader.start()
  await expect.poll(() => crashes).toEqual([unknown])
  expect(pauses).toEqual([])
  expect(loader.notReady()).not.toBeNull()
})

test('stopping ends the wait', async () => {
  const { loader, pauses } = createTestLoader(() => Promise.reject(new Passing('away')))
  loader.start()
  await expect.poll(() => pauses).toHaveLength(1)
  await loader.stop()
  await loader.stop()
  expect(pauses).toHaveLength(1)
})
