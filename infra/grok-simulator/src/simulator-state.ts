import { LRUCache } from 'lru-cache'
import { armFaults, type Fault } from './faults/draw-fault.ts'
import { gatherStats, type StatsGatherer } from './stats/gather-stats.ts'
import { createRateLimiter, type RateLimiter } from './limits/limit-rate.ts'
import { logCalls, type CallLog } from './stats/log-calls.ts'
import { sampleLatency } from './limits/sample-latency.ts'
import { seededRandom } from './seeded-random.ts'
import { changeSettings, Settings } from './settings.ts'

/** What the simulator remembers between calls; all of it bounded. */
export interface SimulatorState {
  readonly stats: StatsGatherer
  readonly calls: CallLog
  readonly settings: Settings
  /** The settings with what is left of the faults. */
  show(): Settings
  /** What was let in: requests in windows of a second, tokens in windows of a minute. */
  readonly limits: { requests: RateLimiter; tokens: RateLimiter }
  /** Tells whether the prefix came before, as the provider's prompt cache would, and remembers it. */
  seePrefix(system: string): boolean
  /** Draws the time the next answer takes, in ms. */
  nextLatencyMs(): number
  /** Draws the fault that hits the call about `items` that comes at `nowMs`, or null. */
  drawFault(nowMs: number, items: number): Fault | null
  /** Draws the place of the item that a fault hits, among `count`. */
  drawPlace(count: number): number
  change(change: Parameters<typeof changeSettings>[1]): void
  /** Counts, randomness and the prompt cache start again; settings and limits stay: a reset gives no free calls. */
  reset(): void
}

/** What a process starts with; the rest has defaults, and is changed at run time only. */
export type InitialSettings = Pick<Settings, 'rps' | 'tpm' | 'latency' | 'private'>

// Faults draw from numbers of their own, so that setting one does not change how long the answers take.
const faultSeed = 0x5eed_fa17

export function createState(
  initial: InitialSettings,
  seed: number,
  { now, wallClock }: { now: () => number; wallClock: () => number },
): SimulatorState {
  const prefixes = new LRUCache<string, true>({ max: 16 })
  let settings = Settings.parse(initial)
  let random = seededRandom(seed)
  let faultRandom = seededRandom(seed ^ faultSeed)
  let faults = armFaults(settings.faults, now(), () => faultRandom())
  let stats = gatherStats(settings.rps + 1, wallClock)
  let calls = logCalls()
  const restartStats = () => {
    stats = gatherStats(settings.rps + 1, wallClock, stats.snapshot().in_flight)
    calls = logCalls()
  }

  return {
    limits: { requests: createRateLimiter(1000), tokens: createRateLimiter(60_000) },
    get stats() {
      return stats
    },
    get calls() {
      return calls
    },
    get settings() {
      return settings
    },
    show: () => ({ ...settings, faults: faults.left(now()) }),
    seePrefix: (system) => {
      const seen = prefixes.has(system)
      prefixes.set(system, true)
      return seen
    },
    nextLatencyMs: () => sampleLatency(settings.latency, random),
    drawFault: (nowMs, items) => faults.draw(nowMs, items),
    drawPlace: (count) => Math.floor(faultRandom() * count),
    change: (change) => {
      const before = settings.rps
      settings = changeSettings(settings, change)
      if (change.faults) faults = armFaults(settings.faults, now(), () => faultRandom())
      // The span is one of cap + 1 calls: under another cap the old figure would mean nothing.
      if (settings.rps !== before) restartStats()
    },
    reset: () => {
      random = seededRandom(seed)
      faultRandom = seededRandom(seed ^ faultSeed)
      prefixes.clear()
      restartStats()
    },
  }
}
