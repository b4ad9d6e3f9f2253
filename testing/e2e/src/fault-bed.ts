import { inspect } from 'node:util'
import { startAnalyzer } from '@insights/analyzer/start-analyzer.int.fixture'
import { joinTopics } from '@insights/fixtures/join-topics'
import { conversation } from '@insights/fixtures/make-conversations'
import { idInFirstPartition } from '@insights/fixtures/share-partition'
import { startSimulator } from '@insights/fixtures/start-simulator'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { expect, vi } from 'vitest'

const PATIENCE = { timeout: 45_000, interval: 20 }

export interface Asked {
  name: string
  count?: number
  /** Stands as `[sim:<marker>]` in one of the conversations: what it names follows that conversation. */
  marker?: string
}
export interface Ended {
  insights: (Pick<InsightProduced, 'sentiment_score' | 'attempts'> & { isPoisoned: boolean; isRight: boolean })[]
  failures: AnalysisFailed[]
  /** Calls that the simulator got since the faults were set. */
  calls: number
}

type Simulator = Awaited<ReturnType<typeof startSimulator>>

/** One real analyzer on real Kafka, and a simulator whose faults the test sets. */
export interface Bed {
  /** Begins the count of calls again, too. */
  setFaults(faults: object[]): Promise<void>
  /** Sends conversations that fit into one call and waits until each has ended. */
  ask(asked: Asked): Promise<Ended>
  /** How many insights were read of all that was asked. */
  insights(): number
  /** Stops the analyzer and starts another one in its place, with this changed; it need not be ready yet. */
  restart(env: Record<string, string>): Promise<void>
  stats: Simulator['stats']
  stop(): Promise<void>
}

export async function startBed(env: Record<string, string>): Promise<Bed> {
  const simulator = await startSimulator({ latencyMs: 20 })
  await simulator.configure({ rps: 0 })
  const topics = await joinTopics(env)
  const start = (changed: Record<string, string>) => startAnalyzer({ ...env, ...changed, GROK_BASE_URL: simulator.url })
  let analyzer = await start({})
  await vi.waitFor(async () => expect((await analyzer.ready()).ok).toBe(true), PATIENCE)
  const checkCrashes = () => expect(analyzer.crashes.map((error) => inspect(error))).toEqual([])

  return {
    setFaults: async (faults) => {
      await simulator.reset()
      await simulator.configure({ faults })
    },
    ask: async ({ name, count = 10, marker }) => {
      const moods = new Map<string, number>()
      const place = Math.min(POISONED, count - 1)
      const records = Array.from({ length: count }, (_, i) => {
        const mood = i % 2 === 0 ? 1 : -1
        const one = conversation(`${name}-${i}`)
        // In one partition: they are fetched together and share their first call.
        const about = { ...one, conversation_id: idInFirstPartition(one.conversation_id) }
        const [first, ...others] = about.messages
        const text = `${mood === 1 ? PLEASED : ANGRY} (${name} ${i}) ${i === place && marker ? `[sim:${marker}]` : ''}`
        moods.set(about.conversation_id, mood)
        return {
          ...about,
          messages: [
            { ...first, author_id: first?.author_id ?? null, text, timestamp: null, inbound: true },
            ...others,
          ],
        }
      })
      const poisoned = records[place]?.conversation_id
      const { insightsProduced, analysisFailed } = topics.read
      const waiting = new Set(moods.keys())
      const [newInsights, newFailures] = [readFrom(insightsProduced), readFrom(analysisFailed)]
      await topics.send(records)
      const own = <E extends { conversation_id: string | null }>(read: { event: E }[]) => [
        ...new Map(
          read
            .filter(({ event }) => moods.has(event.conversation_id ?? ''))
            .map(({ event }) => [event.conversation_id, event]),
        ).values(),
      ]
      const left = () => {
        for (const { event } of [...newInsights(), ...newFailures()]) waiting.delete(event.conversation_id ?? '')
        return waiting.size
      }
      await expect.poll(left, { ...PATIENCE, timeout: 45_000 + 20 * count }).toBe(0)
      const [insights, failures] = [own(insightsProduced), own(analysisFailed)]
      expect(insights.length + failures.length).toBe(count)
      const { calls } = await simulator.stats()
      checkCrashes()
      return {
        insights: insights.map(({ conversation_id, sentiment_score, attempts }) => ({
          sentiment_score,
          attempts,
          isPoisoned: marker !== undefined && conversation_id === poisoned,
          isRight: Math.sign(sentiment_score) === moods.get(conversation_id),
        })),
        failures,
        calls,
      }
    },
    insights: () => new Set(topics.read.insightsProduced.map(({ event }) => event.conversation_id)).size,
    restart: async (changed) => {
      await analyzer.stop()
      checkCrashes()
      analyzer = await start(changed)
    },
    stats: simulator.stats,
    stop: async () => {
      await analyzer.stop()
      await topics.stop()
      await simulator.stop()
    },
  }
}

/** Gives each time what was added to the list since, at first what is added from now on. */
function readFrom<T>(list: readonly T[]): () => T[] {
  let next = list.length
  return () => {
    const added = list.slice(next)
    next = list.length
    return added
  }
}

/** The place of the conversation with the marker, or the last one where there are fewer. */
const POISONED = 3
const PLEASED = 'Thank you so much, this is excellent, I love it.'
const ANGRY = 'This is terrible, I am furious, the worst service ever.'
