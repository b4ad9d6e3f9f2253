import { faultKindDescriptions } from '@insights/grok-simulator/fault-kinds'
import { testContext } from '@insights/stack/test-context'
import { expect, test } from 'vitest'
import { startBed } from './fault-bed.ts'

const COUNT = 5_000
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

  await bed.setFaults(faultKindDescriptions.map(({ kind }) => ({ kind, share: SHARE / faultKindDescriptions.length })))
  const { insights, failures, calls } = await bed.ask({ name: 'mixed', count: COUNT })
  const { faults } = await bed.stats()
  await bed.stop()
  const hit = Object.values(faults).reduce((sum, count) => sum + count, 0)
  console.log(
    `${hit} of ${calls} calls hit by ${Object.keys(faults).length} kinds of faults; ${(COUNT / calls).toFixed(2)} items accepted per call; ` +
      `${(calls / without.calls).toFixed(3)} times the ${without.calls} calls without faults`,
  )
  expect(failures).toEqual([])
  expect(insights).toHaveLength(COUNT)
  expect(hit / calls).toBeGreaterThan(SHARE / 2)
  expect(COUNT / calls).toBeGreaterThanOrEqual(9)
  expect(calls / without.calls).toBeLessThanOrEqual(1.15)
}, 240_000)
