import { groupLag } from '@insights/runtime/kafka/admin'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterEach, beforeEach, expect } from 'vitest'
import { joinTopics } from './join-topics.int.fixture.ts'

export const PATIENCE = { timeout: 30_000, interval: 50 }

export interface TestBed {
  context: TestContext
  topics: Awaited<ReturnType<typeof joinTopics>>
  /** Stops it after the test, in reverse order. */
  kept<T extends { stop(): Promise<unknown> }>(thing: T): T
  /**
   * Different insights so far. Kafka may let a member join more than once; then what was in flight is done again, under
   * the same id.
   */
  analyzed(): number
  /** Records that the group has not committed. */
  lag(): Promise<number>
}

/** Topics of its own for each test of a file; what could not be read in them fails the test. */
export function withTopics(name: string): TestBed {
  const cleanups: (() => Promise<unknown>)[] = []
  const bed = {
    kept: (thing) => {
      cleanups.push(thing.stop)
      return thing
    },
    analyzed: () => new Set(bed.topics.read.insightsProduced.map(({ event }) => event.insight_id)).size,
    lag: async () => {
      const lags = await groupLag(bed.topics.kafka, `${bed.context.prefix}analyzer`, [bed.topics.topic])
      return lags.reduce((sum, { lag }) => sum + lag, 0)
    },
  } as TestBed
  beforeEach(async () => {
    bed.context = bed.kept(await testContext(name))
    bed.topics = bed.kept(await joinTopics(bed.context.env))
  })
  afterEach(async () => {
    expect(bed.topics.faults).toEqual([])
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })
  return bed
}
