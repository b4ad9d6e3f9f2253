import { faultKindDescriptions } from '@insights/grok-simulator/faults/fault-kinds'
import { testContext } from '@insights/stack/test-context'
import { expect, test } from 'vitest'
import { startBed } from './fault-bed.ts'

/** Of all calls a twentieth is hit. */
const CALLS_PER_FAULT = 20
/** What is asked about while faults hit: enough for each kind to have its turn. */
const COUNT = 10 * CALLS_PER_FAULT * faultKindDescriptions.length
/** All together are more than a broker takes in one request. */
const ROUNDS = 4
const CLEAR = 1_000

/** Each kind hits one call, the last of so many: which calls are hit is not left to chance. */
const script = faultKindDescriptions.flatMap(({ kind }) => [
  { kind, share: 0, next: CALLS_PER_FAULT - 1 },
  { kind, next: 1 },
])

test('(I2) with 5 % faults of all kinds at least nine of ten items of a call are accepted, for at most 1.15 times the calls', async () => {
  await using context = await testContext('mixed')
  const bed = await startBed({
    ...context.env,
    OUTBOUND_RPS: '100',
    BACKOFF_SECONDS: '0.05',
    PROBE_SECONDS: '0.1',
    GROK_TIMEOUT_MS: '1000',
  })
  const clear = await bed.ask({ name: 'clear', count: CLEAR })
  expect(clear.insights).toHaveLength(CLEAR)
  const callsWithout = (clear.calls * COUNT) / CLEAR

  await bed.setFaults(script)
  let insights = 0
  let calls = 0
  for (let round = 0; round < ROUNDS; round++) {
    const ended = await bed.ask({ name: `mixed-${round}`, count: COUNT / ROUNDS })
    expect(ended.failures).toEqual([])
    insights += ended.insights.length
    calls = ended.calls
  }
  const { faults } = await bed.stats()
  await bed.stop()
  const hit = Object.values(faults).reduce((sum, count) => sum + count, 0)
  console.log(
    `${hit} of ${calls} calls hit by ${Object.keys(faults).length} kinds of faults; ` +
      `${(insights / calls).toFixed(2)} items accepted per call; ` +
      `${(calls / callsWithout).toFixed(3)} times the ${callsWithout} calls without faults`,
  )
  expect(insights).toBe(COUNT)
  expect(faults).toEqual(Object.fromEntries(faultKindDescriptions.map(({ kind }) => [kind, 1])))
  expect(hit / calls).toBeGreaterThan(0.9 / CALLS_PER_FAULT)
  expect(insights / calls).toBeGreaterThanOrEqual(9)
  expect(calls / callsWithout).toBeLessThanOrEqual(1.15)
}, 400_000)
