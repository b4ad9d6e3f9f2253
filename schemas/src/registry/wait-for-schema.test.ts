import { expect, test } from 'vitest'
import { createSchemaWaits } from './wait-for-schema.ts'

function setUp() {
  const clock = { ms: 0 }
  return { clock, waits: createSchemaWaits({ waitMs: 600, askAgainMs: 30, now: () => clock.ms }) }
}

test('a schema that was refused for so long is overdue, told with the last reason, and asked for again later', () => {
  const { clock, waits } = setUp()
  expect(waits.refused(7, 'HTTP 403')).toBe(false)
  clock.ms = 599
  expect([waits.refused(7, 'HTTP 403'), waits.overdue(7)]).toEqual([false, null])
  clock.ms = 600
  expect([waits.refused(7, 'HTTP 500'), waits.overdue(7)]).toEqual([true, { detail: 'HTTP 500', isOld: false }])
  clock.ms = 630
  expect(waits.overdue(7)).toEqual({ detail: 'HTTP 500', isOld: true })
  expect(waits.overdue(8)).toBeNull()
})

test('(I2) only what was asked counts: after a long silence a schema is not overdue before it is refused once more', () => {
  const { clock, waits } = setUp()
  waits.refused(7, 'HTTP 403')
  clock.ms = 10_000
  expect(waits.overdue(7)).toBeNull()
})

test('(I2) after an answer, or a registry that did not answer at all, the wait begins again', () => {
  const { clock, waits } = setUp()
  waits.refused(7, 'HTTP 403')
  waits.forget(7)
  clock.ms = 600
  expect(waits.refused(7, 'HTTP 403')).toBe(false)
})

test('(I8) any number of made-up ids does not grow the memory', () => {
  const { clock, waits } = setUp()
  for (let id = 0; id < 100_000; id++) waits.refused(id, 'HTTP 403')
  clock.ms = 600
  const waited = Array.from({ length: 100_000 }, (_, id) => waits.refused(id, 'HTTP 403')).filter(Boolean)
  expect(waited.length).toBeLessThanOrEqual(32_768)
})
