import type { Random } from './seeded-random.ts'
import type { Turn } from './write-dialogue.ts'

export type Channel = 'chat' | 'email' | 'app' | 'phone' | 'social'

const minute = 60_000
const hour = 60 * minute
const firstDay = Date.UTC(2026, 0, 5)
const days = 280

/** Typical time until the next turn, by channel: seconds on the phone, half a day by email. */
const pauses: Record<Channel, { customer: number; agent: number }> = {
  chat: { customer: minute, agent: 2 * minute },
  phone: { customer: 8_000, agent: 10_000 },
  app: { customer: 20 * minute, agent: hour },
  social: { customer: 30 * minute, agent: 2 * hour },
  email: { customer: 5 * hour, agent: 12 * hour },
}

/** Gives each turn a moment, ISO 8601 in UTC and strictly later than the one before. */
export function stampTurns(turns: Turn[], channel: Channel, random: Random): string[] {
  let at = firstDay + random.between(0, days - 1) * 24 * hour + random.between(6 * 60, 21 * 60) * minute
  return turns.map(({ by }, index) => {
    // Exponential pauses: mostly short, now and then a long silence.
    if (index > 0) at += Math.ceil(1000 - Math.log(1 - random.next()) * pauses[channel][by])
    return new Date(at).toISOString()
  })
}
