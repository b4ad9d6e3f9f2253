import { faultKindDescriptions, type FaultKind } from '@insights/grok-simulator/faults/fault-kinds'
import { seededRandom } from '@insights/sample-conversations/seeded-random'
import { testContext } from '@insights/stack/test-context'
import { expect, test } from 'vitest'
import { startBed } from './fault-bed.ts'

/** Of all calls a twentieth is hit. */
const CALLS_PER_FAULT = 20
const CONVERSATIONS_PER_FAULT = 10 * CALLS_PER_FAULT
const CLEAR = 1_000
/** Items of a call about more than five of its ten conversations, with the pair of canaries. */
const MORE_THAN_HALF = 8
/** A broker takes the conversations of so many in one request, and the simulator a list that is twice as long. */
const KINDS_PER_ROUND = 13

const random = seededRandom(5, 0)
const allKinds = random.shuffle(faultKindDescriptions.map(({ kind }) => kind))
/** `npm test` draws one round of them, `WHOLE_CATALOGUE=true` takes all. */
const kinds = process.env['WHOLE_CATALOGUE'] === 'true' ? allKinds : allKinds.slice(0, KINDS_PER_ROUND)

/**
 * Each kind hits one call of so many, at a drawn place among them: how often each hits is not left to chance, and no
 * rhythm of retries meets the same conversation again and again. What is left of a call that was hit is not hit again:
 * a refusal of the last one of it alone would rightly be its end, and which calls come next to each other depends on
 * how busy the machine is.
 */
function scriptOf(ofRound: readonly FaultKind[]): object[] {
  const places = ofRound.map((_, i) => i * CALLS_PER_FAULT + random.between(0, CALLS_PER_FAULT - 1))
  return ofRound.flatMap((kind, i) => {
    const passing = (places[i] ?? 0) - (places[i - 1] ?? -1) - 1
    const ofThose = { kind, min_items: MORE_THAN_HALF }
    return [...(passing > 0 ? [{ ...ofThose, share: 0, next: passing }] : []), { ...ofThose, next: 1 }]
  })
}

test('(I2) with 5 % faults of many kinds at least nine of ten items of a call are accepted, for at most 1.15 times the calls', async () => {
  await using context = await testContext('mixed')
  await using stack = new AsyncDisposableStack()
  const bed = await startBed({
    ...context.env,
    OUTBOUND_RPS: '100',
    BACKOFF_SECONDS: '0.05',
    PROBE_SECONDS: '0.1',
    GROK_TIMEOUT_MS: '2000',
  })
  stack.defer(bed.stop)
  const clear = await bed.ask({ name: 'clear', count: CLEAR })
  expect(clear.insights).toHaveLength(CLEAR)

  const faults: Record<string, number> = {}
  let insights = 0
  let calls = 0
  for (let from = 0; from < kinds.length; from += KINDS_PER_ROUND) {
    const ofRound = kinds.slice(from, from + KINDS_PER_ROUND)
    await bed.setFaults(scriptOf(ofRound))
    const ended = await bed.ask({ name: `mixed-${from}`, count: CONVERSATIONS_PER_FAULT * ofRound.length })
    expect(ended.failures).toEqual([])
    insights += ended.insights.length
    calls += ended.calls
    Object.assign(faults, (await bed.stats()).faults)
  }
  const callsWithout = (clear.calls * insights) / CLEAR
  const hit = Object.values(faults).reduce((sum, count) => sum + count, 0)
  console.log(
    `${hit} of ${calls} calls hit by ${Object.keys(faults).length} kinds of faults; ` +
      `${(insights / calls).toFixed(2)} items accepted per call; ` +
      `${(calls / callsWithout).toFixed(3)} times the ${callsWithout} calls without faults`,
  )
  expect(insights).toBe(CONVERSATIONS_PER_FAULT * kinds.length)
  expect(faults).toEqual(Object.fromEntries(kinds.map((kind) => [kind, 1])))
  expect(hit / calls).toBeGreaterThan(0.9 / CALLS_PER_FAULT)
  expect(insights / calls).toBeGreaterThanOrEqual(9)
  expect(calls / callsWithout).toBeLessThanOrEqual(1.15)
}, 400_000)
