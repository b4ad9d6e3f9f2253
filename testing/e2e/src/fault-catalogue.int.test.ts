import { faultKindDescriptions, type FaultKind } from '@insights/grok-simulator/faults/fault-kinds'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBed, type Bed } from './fault-bed.ts'
import { faultCatalogue, type FaultRow } from './fault-catalogue.ts'

const rows = Object.entries(faultCatalogue) as [FaultKind, FaultRow][]
const poisons = rows.flatMap(([kind, { poison }]) => (poison === undefined ? [] : [[kind, poison] as const]))

/** Fast, so that fifty faults take a minute; what is proved does not depend on it. */
const FAST = {
  OUTBOUND_RPS: '40',
  BATCH_FLUSH_SECONDS: '0.3',
  BACKOFF_SECONDS: '0.05',
  PROBE_SECONDS: '0.1',
  // A call that is answered must not take longer on a busy machine: it would be another call.
  GROK_TIMEOUT_MS: '1500',
}

/** For the tests of one `describe`: an analyzer and a simulator of their own. */
function withBed(env: Record<string, string> = {}): () => Bed {
  let context: TestContext
  let bed: Bed
  beforeAll(async () => {
    context = await testContext('faults')
    bed = await startBed({ ...context.env, ...FAST, ...env })
  })
  afterAll(async () => {
    await bed.stop()
    await context.stop()
  })
  return () => bed
}

test('every fault of the simulator has its row', () => {
  expect(new Set(rows.map(([kind]) => kind))).toEqual(new Set(faultKindDescriptions.map(({ kind }) => kind)))
})

describe('(I2, I4) a fault of the catalogue', () => {
  const bed = withBed()

  test.each(rows)('%s in one call: all ten get their own insight', async (kind, { once }) => {
    await bed().setFaults([{ kind, next: 1 }])
    const { insights, failures, calls } = await bed().ask({ name: kind })
    expect(failures).toEqual([])
    expect(insights.every(({ isRight }) => isRight || kind === 'swapped_ids')).toBe(true)
    expect(once.calls).toContain(calls)
  })

  const bisected = poisons.filter(([, { ends }]) => ends !== 'expired')
  test.each(bisected)('%s with one conversation: the others get theirs, and it ends as told', async (kind, poison) => {
    await bed().setFaults([])
    const { insights, failures, calls } = await bed().ask({ name: `poison-${kind}`, marker: kind })
    const innocent = insights.filter(({ isPoisoned }) => !isPoisoned)
    expect(innocent).toHaveLength(9)
    expect(innocent.every(({ isRight }) => isRight || kind === 'swapped_ids')).toBe(true)
    expect(failures.map(({ class: cls }) => cls)).toEqual(poison.ends === null ? [] : [poison.ends])
    expect(calls).toBeLessThanOrEqual(poison.mostCalls)
  })
})

describe('(I2) requests that the provider does not take, and outages that come as 200', () => {
  const bed = withBed()

  test.each([
    ['invalid_content', 'refused'],
    ['filtered_prompt', 'unsafe'],
    ['too_large', 'too_large'],
  ])('%s, for one that came alone: one that comes after it is served, and it ends', async (kind, cls) => {
    await bed().setFaults([])
    const refused = bed().ask({ name: `alone-${kind}`, count: 1, marker: kind })
    await expect.poll(async () => Object.keys((await bed().stats()).faults)).toEqual([kind])
    const { insights } = await bed().ask({ name: `after-${kind}`, count: 1 })
    expect(insights).toHaveLength(1)
    expect((await refused).failures).toMatchObject([{ class: cls }])
  })

  test.each(['error_in_choice', 'error_without_choices', 'empty_answer', 'empty_choices'])(
    '%s for a while, to all: nothing is lost or charged',
    async (kind) => {
      await bed().setFaults([{ kind, next: 4 }])
      const ended = await Promise.all(['a', 'b'].map((name) => bed().ask({ name: `while-${kind}-${name}`, count: 1 })))
      for (const { insights, failures } of ended) {
        expect(failures).toEqual([])
        expect(insights).toMatchObject([{ attempts: 1 }])
      }
    },
  )

  test('whatever they are about: nothing is lost or charged, and all are served when that is over', async () => {
    await bed().setFaults([{ kind: 'invalid_content', next: 8 }])
    const { insights, failures } = await bed().ask({ name: 'all-refused', count: 30 })
    expect(failures).toEqual([])
    expect(insights).toHaveLength(30)
    expect(insights.every(({ attempts }) => attempts === 1)).toBe(true)
  })
})

describe('one poisonous conversation among twenty', () => {
  const bed = withBed({ BATCH_SIZE: '20' })

  test.each([
    ['unsafe_content', 'unsafe'],
    ['invalid_content', 'refused'],
    ['json_garbage', 'malformed_answer'],
  ])('%s: at most 2·log2 20 + 2 extra calls', async (kind, cls) => {
    await bed().setFaults([])
    const { insights, failures, calls } = await bed().ask({ name: `twenty-${kind}`, marker: kind, count: 20 })
    expect(insights).toHaveLength(19)
    expect(failures.map((failure) => failure.class)).toEqual([cls])
    expect(calls - 1).toBeLessThanOrEqual(2 * Math.log2(20) + 2)
  })
})

const expiring = poisons.filter(([, { ends }]) => ends === 'expired')

// Each mostly waits: all at once, each with an analyzer of its own, for several at one analyzer are an outage.
describe.concurrent.each(expiring)('a conversation over which every call breaks: %s', (kind) => {
  const bed = withBed({ GROK_TIMEOUT_MS: '500' })

  test('the others are served without it, and when it is old, it expires', async () => {
    const [{ insights, failures }] = await Promise.all([
      bed().ask({ name: kind, marker: kind }),
      (async () => {
        await expect.poll(() => bed().insights(), { timeout: 45_000 }).toBe(9)
        // After one more call it waits: what is in a call does not expire.
        await bed().restart({ ANALYSIS_MAX_AGE: '1s', BACKOFF_SECONDS: '60' })
      })(),
    ])
    expect(insights).toHaveLength(9)
    expect(insights.every(({ isRight, attempts }) => isRight && attempts === 1)).toBe(true)
    expect(failures.map((failure) => failure.class)).toEqual(['expired'])
  })
})

describe('(I4) the model obeys a conversation that sets every score', () => {
  const bed = withBed({ CANARY: 'off' })

  test.each(['obey_flip', 'obey_positive', 'obey_negative'])(
    'without canaries %s puts the attacker’s score on innocent ones: this is what they are for',
    async (kind) => {
      await bed().setFaults([])
      const { insights, calls } = await bed().ask({ name: `open-${kind}`, marker: kind })
      expect(calls).toBe(1)
      expect(insights.some(({ isPoisoned, isRight }) => !isPoisoned && !isRight)).toBe(true)
    },
  )
})
