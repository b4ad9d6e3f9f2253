import { expect, test } from 'vitest'
import { awaitDependencies } from './await-dependencies.ts'
import { createLogger } from './logger.ts'

const setUp = () => {
  const lines: { level: string }[] = []
  const reports: (string | null)[] = []
  const stop = new AbortController()
  return {
    lines,
    reports,
    stop,
    options: {
      log: createLogger({
        service: 't',
        level: 'info',
        destination: { write: (line) => void lines.push(JSON.parse(line)) },
      }),
      random: () => 0,
      report: (reason: string | null) => void reports.push(reason),
      signal: stop.signal,
    },
  }
}

test('what comes later is waited for, in turn, and told of once', async () => {
  const { lines, reports, options } = setUp()
  const answers = ['away', 'away', null]
  let asked = 0
  const second = async () => {
    asked++
    return null
  }
  expect(await awaitDependencies([async () => answers.shift() ?? null, second], options)).toBe(true)
  expect(reports).toEqual(['away', 'away', null, null])
  expect(asked).toBe(1)
  expect(lines).toHaveLength(1)
})

test('a stop ends the wait, although nothing has come', async () => {
  const { stop, options } = setUp()
  const waiting = awaitDependencies([async () => 'never'], options)
  stop.abort()
  expect(await waiting).toBe(false)
})

test('what does not pass by itself is thrown at once', async () => {
  const { options } = setUp()
  await expect(awaitDependencies([() => Promise.reject(new TypeError('our bug'))], options)).rejects.toThrow('our bug')
})
