import type { Phrasebook } from './phrasebook.ts'
import type { Random } from './seeded-random.ts'

const errors = ['E-4711', '0x80', 'TIMEOUT_12', 'sync failed (409)', '"unexpected token"', 'NET-22', 'code 17']

/** Chooses what stays the same through one conversation: its order number, product, amount, dates and the like. */
export function fillSlots(book: Phrasebook, random: Random): Record<string, string> {
  const chosen = Object.fromEntries(Object.entries(book.slots).map(([name, values]) => [name, random.pick(values)]))
  return {
    ...chosen,
    order: `${random.pick(['A', 'K', 'W', '#'])}${random.between(10_000, 999_999)}`,
    invoice: `${random.pick(['RE', 'INV', 'F', 'T'])}-${random.between(2000, 99_999)}`,
    days: String(random.between(2, 21)),
    // In English all of these end in -th.
    day: String(random.pick([random.between(4, 20), random.between(24, 28)])),
    hour: String(random.between(8, 19)),
    minutes: String(random.between(11, 58)),
    months: String(random.between(2, 9)),
    count: String(random.between(5, 240)),
    digits: String(random.between(1000, 9999)),
    version: `${random.between(2, 9)}.${random.between(0, 30)}.${random.between(0, 9)}`,
    error: random.pick(errors),
  }
}
