import fc from 'fast-check'
import type { RawRecord } from './encode-record-batch.ts'
import { hostileKinds } from './hostile-kinds.ts'
import type { Target } from './hostile-targets.ts'

/** A record that is to be sent, and what it is. */
export interface SentRecord extends RawRecord {
  kind: string
  /** Null: a hostile one. */
  goodId: string | null
  /** Nothing that can be analysed or stored; else it may end either way. */
  isUnreadable: boolean
}

/** The same ones for the same seed, of all kinds that are on. @param share of the table's 2,000. */
export function makeHostileRecords(target: Target, { seed, share }: { seed: number; share: number }): SentRecord[] {
  const records: SentRecord[] = []
  for (const [kind, { count, isOn, make }] of Object.entries(hostileKinds)) {
    if (!isOn) continue
    const drafts = fc.sample(make(target), { seed, numRuns: Math.ceil(count * share) })
    for (const { key = null, headers = [], isUnreadable = false, value } of drafts)
      records.push({ kind, goodId: null, isUnreadable, key: key ?? target.noKey, headers, value })
  }
  return records
}
