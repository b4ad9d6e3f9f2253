import { faultKindDescriptions } from '@insights/grok-simulator/faults/fault-kinds'
import { testContext } from '@insights/stack/test-context'
import { expect, test } from 'vitest'
import { startBed } from './fault-bed.ts'

const COUNT = 5_000
/** One meets a third of the kinds, and which calls they hit decides: 8.7 to 9.6 items accepted per call in single ones. */
const ROUNDS = 5
/** Of the calls, over all kinds of faults alike. */
const SHARE = 0.05

test('(I2) with 5 % faults of all kinds at least nine of ten items of a call are accepted, for at most 1.15 times the calls', async () => {
  await using context = await testContext('mixed')
  const bed = await startBed({
    ...context.env,
    OUTBOUND_RPS: '100',
    BACKOFF_SECONDS: '0.05',
    PROBE_SECONDS: '0.1',
    GROK_TIMEOUT_MS: '1000',
  })
  const without = await bed.ask({ name: 'clear', count: COUNT })
  expect(without.insights).toHaveLength(COUNT)
  const callsWithout = without.calls * ROUNDS

  await bed.setFaults(faultKindDescriptions.map(({ kind }) => ({ kind, share: SHARE / faultKindDescriptions.length })))
  let insights = 0
  let calls = 0
  for (let round = 0; round < ROUNDS; round++) {
    const ended = await bed.ask({ name: `mixed-${round}`, count: COUNT })
    expect(ended.failures).toEqual([])
    insights += ended.insights.length
    calls = ended.calls
  }
  const { faults } = await bed.stats()
  await bed.stop()
  const hit = Object.values(faults).reduce((sum, count) => sum + count, 0)
  console.log(
    `${hit} of ${calls} calls hit by ${Object.keys(faults).length} kinds of faults; ${(insights / calls).toFixed(2)} items accepted per call; ` +
      `${(calls / callsWithout).toFixed(3)} times the ${callsWithout} calls without faults`,
  )
  expect(insights).toBe(ROUNDS * COUNT)
  expect(Object.keys(faults).length).toBeGreaterThan(faultKindDescriptions.length * 0.75)
  expect(hit / calls).toBeGreaterThan(SHARE / 2)
  expect(insights / calls).toBeGreaterThanOrEqual(9)
  expect(calls / callsWithout).toBeLessThanOrEqual(1.15)
}, 400_000)
