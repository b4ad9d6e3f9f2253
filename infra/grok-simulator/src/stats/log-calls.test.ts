import fc from 'fast-check'
import { expect, test } from 'vitest'
import { logCalls, numberConnections } from './log-calls.ts'

test('the last calls come in their order, however many came before and however many are asked for', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 20 }), (came, size, asked) => {
      const log = logCalls(size)
      for (let at = 0; at < came; at++) log.add(at, 1)
      const all = Array.from({ length: came }, (_, at) => at)
      expect(log.last(asked).map((call) => call.at_ms)).toEqual(all.slice(-Math.min(asked, size)))
    }),
  )
})

test('a record is filled in after it was listed', () => {
  const log = logCalls()
  const record = log.add(5, 3)
  expect(log.last(1)).toEqual([{ at_ms: 5, status_or_fault: null, items: 0, connection: 3 }])
  record.status_or_fault = 'unavailable'
  expect(log.last(1)).toMatchObject([{ status_or_fault: 'unavailable' }])
})

test('a connection keeps its number', () => {
  const numberOf = numberConnections()
  const [first, second] = [{}, {}]
  expect([first, second, first].map(numberOf)).toEqual([1, 2, 1])
})
