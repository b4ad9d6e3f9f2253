import { knownTexts, type HostileText } from './hostile-texts.fixture.ts'
import type { TextStep } from './text-steps.fixture.ts'

/** A text for which four times the length took more than `MOST` times as long, in each of its measurements. */
export interface Excess {
  step: string
  text: string
  /** What each of the `LOOKS` measured. */
  looks: Growth[][]
}

/** From a length to four times that, which is `length`. */
interface Growth {
  length: number
  ms: number
  times: number
}

/** Linear is four; what is quadratic comes to sixteen. */
export const MOST = 8
/** Less cannot be told from chance. */
const MEASURABLE_MS = 0.3
/** More need not be measured at greater lengths. */
const PLAIN_MS = 1_000
/** So often must an excess show, each time from scratch: chance meets one measurement, hardly all. */
const LOOKS = 3

export interface Measured {
  texts: number
  /** The texts that took longest, the longest first. */
  slowest: { text: HostileText; ms: number }[]
  excess: Excess | undefined
}

/**
 * Runs a step over texts of `length` until they or the CPU time are used up, and ends with the first whose growth is
 * more than linear. CPU time of this thread, so that neither a busy machine nor the threads of V8 that
 * compile and collect change it much; a growth counts only when it shows at three lengths, and then again.
 */
export function measureGrowth(
  { name, step, reaches }: TextStep,
  texts: Iterable<HostileText>,
  { length, cpuMs, keep }: { length: number; cpuMs: number; keep: number },
): Measured {
  const longest = Math.min(length, reaches)
  const slowest: Measured['slowest'] = []
  // Until it is machine code, a short text takes so long that the growth of a longer one does not show.
  for (let run = 0; run < 3; run++) for (const text of knownTexts) step(text.ofLength(longest >> 2))
  const end = cpuNow() + cpuMs
  let count = 0
  for (const text of texts) {
    if (cpuNow() > end) break
    count++
    const ms = cpuOf(step, text.ofLength(longest), 1)
    if (ms >= MEASURABLE_MS) {
      const excess = excessOf({ name, step, reaches }, text, longest >> 2)
      if (excess !== undefined) return { texts: count, slowest, excess }
    }
    if (slowest.length < keep || ms > (slowest.at(-1)?.ms ?? 0)) {
      const best = cpuOf(step, text.ofLength(longest), 2)
      slowest.push({ text, ms: best })
      slowest.sort((one, other) => other.ms - one.ms)
      slowest.length = Math.min(slowest.length, keep)
    }
  }
  return { texts: count, slowest, excess: undefined }
}

/**
 * A growth that is no longer there when it is measured again was chance: the first look that is linear ends it. What is
 * not the text's own work only ever adds time, so the least of all looks counts, at each length.
 */
export function excessOf({ name, step, reaches }: TextStep, text: HostileText, length: number): Excess | undefined {
  const least = new Map<number, number>()
  const cpuAt = (at: number, runs: number): number => {
    const ms = Math.min(least.get(at) ?? Infinity, cpuOf(step, text.ofLength(at), runs))
    least.set(at, ms)
    return ms
  }
  const looks: Growth[][] = []
  while (looks.length < LOOKS) {
    const growth = lookAt(cpuAt, reaches, length)
    if (growth === undefined) return undefined
    looks.push(growth)
  }
  return { step: name, text: text.name, looks }
}

/**
 * Three measurements, of which the first that is linear ends it. They are far apart: where a step begins to do more,
 * because a text no longer fits, one of them grows too much, but not the next.
 */
function lookAt(cpuAt: (length: number, runs: number) => number, reaches: number, length: number) {
  const growth: Growth[] = []
  for (const [i, factor] of [1, 4, 16].entries()) {
    const from = Math.min(length * factor, reaches >> 2)
    // Machine code is made on the way, memory is tidied up: the more runs, the less linear it looked. And the length
    // can decide what a text is, when it cuts a pair in two: of several that are nearly the same the slowest counts.
    const runs = 1 + 2 * i
    const lengths = i === 0 ? [from] : [from, from + 1, from + 2, from + 3]
    // Two runs more of the short ones: a disturbance there would hide a growth, and they cost little.
    const before = Math.max(...lengths.map((near) => cpuAt(near, runs + 2)))
    const ms = cpuAt(4 * from, runs)
    const times = ms / Math.max(before, 0.01)
    if (ms < MEASURABLE_MS || times <= MOST) return undefined
    growth.push({ length: 4 * from, ms, times })
    if (ms > PLAIN_MS) break
  }
  return growth
}

/** The least CPU time of so many runs; what takes long is not run again, for chance matters less in it. */
export function cpuOf(step: TextStep['step'], text: string, runs: number): number {
  let least = Infinity
  for (let run = 0; run < runs && (run === 0 || least < 50); run++) {
    const before = cpuNow()
    step(text)
    least = Math.min(least, cpuNow() - before)
  }
  return least
}

function cpuNow(): number {
  // Linux counts a thread's time at each tick, every four milliseconds; it counts on the spot for the whole process.
  process.cpuUsage()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
