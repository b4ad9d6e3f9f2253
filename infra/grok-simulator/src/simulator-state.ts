import { gatherStats, type StatsGatherer } from './gather-stats.ts'
import { createRateLimiter, type RateLimiter } from './limit-rate.ts'
import { sampleLatency } from './sample-latency.ts'
import { seededRandom, type Random } from './seeded-random.ts'
import { changeSettings, type Settings } from './settings.ts'

/** What the simulator remembers between calls; all of it bounded. */
export interface SimulatorState {
  readonly stats: StatsGatherer
  readonly settings: Settings
  readonly limit: RateLimiter
  /** Tells whether the prefix came before, as the provider's prompt cache would, and remembers it. */
  seePrefix(system: string): boolean
  /** Draws the time the next answer takes, in ms. */
  nextLatencyMs(): number
  change(change: Parameters<typeof changeSettings>[1]): void
  /** Counts, randomness and the prompt cache begin anew; settings and rate limits stay, a reset gives no free calls. */
  reset(): void
}

const maxPrefixes = 16

export function createState(initial: Settings, seed: number, wallClock: () => number): SimulatorState {
  const prefixes = new Set<string>()
  let settings = initial
  let random: Random = seededRandom(seed)
  let stats = gatherStats(settings.rps + 1, wallClock)
  const restartStats = () => {
    stats = gatherStats(settings.rps + 1, wallClock, stats.snapshot().in_flight)
  }

  return {
    limit: createRateLimiter(),
    get stats() {
      return stats
    },
    get settings() {
      return settings
    },
    seePrefix: (system) => {
      const seen = prefixes.delete(system)
      prefixes.add(system)
      const [oldest] = prefixes
      if (prefixes.size > maxPrefixes && oldest !== undefined) prefixes.delete(oldest)
      return seen
    },
    nextLatencyMs: () => sampleLatency(settings.latency, random),
    change: (change) => {
      const before = settings.rps
      settings = changeSettings(settings, change)
      // The span is one of cap + 1 calls: under another cap the old figure would mean nothing.
      if (settings.rps !== before) restartStats()
    },
    reset: () => {
      random = seededRandom(seed)
      prefixes.clear()
      restartStats()
    },
  }
}
