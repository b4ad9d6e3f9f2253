import type { ClientBase } from 'pg'
import { epochMs } from '../tables/epoch-ms.ts'
import { ALL, startOf, type Countable, type CountChange } from './sum-insights.ts'
import { nameOfModel } from './name-of-model.ts'
import { addToRollups, countedIn, listRollups, type Rollups } from './add-rollups.ts'
import { addRollups, addTotals, addUsage, deleteEmptyRollups, type DayUsage } from './count-tables.ts'
import { COUNTS, LOCKS } from '../database/locks.ts'

/**
 * Keeps totals, rollups and usage equal to what `insights` says, in the transaction that changes it; the rows must be
 * written before. All writers meet here, so it is the last thing before the commit.
 *
 * A facet has rollups while it has at least `rollupsFrom` insights: when it reaches that they are made from its rows,
 * when it falls below they go. So it depends on the rows alone, and tables that were made otherwise are the same (I7).
 */
export async function updateCounts(
  client: ClientBase,
  changes: readonly CountChange[],
  { rollupsFrom, locks = LOCKS }: { rollupsFrom: number; locks?: number },
): Promise<void> {
  if (changes.length === 0) return
  await client.query(`select pg_advisory_xact_lock(${locks}, ${COUNTS})`)
  const added = new Map<string, number>()
  for (const { sign, insight } of changes)
    for (const facet of countedIn(insight)) added.set(facet, (added.get(facet) ?? 0) + sign)
  const totals = await addTotals(client, added)
  const isLess = changes.some(({ sign }) => sign < 0)
  if (isLess)
    await client.query('delete from facet_totals where facet = any($1) and insights = 0', [[...totals.keys()]])

  const kept = new Set<string>([ALL])
  const rollups: Rollups = new Map()
  const ended: string[] = []
  for (const [facet, total] of totals) {
    if (facet === ALL) continue
    const before = total - (added.get(facet) ?? 0)
    if (total >= rollupsFrom && before >= rollupsFrom) kept.add(facet)
    else if (total >= rollupsFrom)
      for (const one of await selectOfFacet(client, facet)) addToRollups(rollups, [facet], one, 1)
    else if (before >= rollupsFrom) ended.push(facet)
  }
  if (ended.length > 0) await client.query('delete from rollups where facet = any($1)', [ended])
  for (const { sign, insight } of changes) {
    addToRollups(
      rollups,
      countedIn(insight).filter((facet) => kept.has(facet)),
      insight,
      sign,
    )
  }
  const rows = listRollups(rollups)
  await addRollups(client, rows)
  if (isLess) await deleteEmptyRollups(client, rows)
  await addUsage(client, sumUsage(changes))
  if (isLess) await client.query('delete from usage_by_day where insights = 0')
}

async function selectOfFacet(client: ClientBase, facet: string): Promise<Omit<Countable, 'facets'>[]> {
  const { rows } = await client.query<Omit<Countable, 'facets'>>(
    `select sentiment_score as "sentimentScore", confidence,
            ${epochMs('created_at')} as "createdAt", ${epochMs('occurred_at')} as "occurredAt"
       from insights where facets @> array[$1]`,
    [facet],
  )
  return rows
}

/** By day and model. Costs are added as numbers while those are exact, since a bigint for each row is dear. */
function sumUsage(changes: readonly CountChange[]): DayUsage[] {
  const days = new Map<number, Map<string, DayUsage & { ticks: number }>>()
  for (const { sign, insight } of changes) {
    const start = startOf('day', insight.createdAt)
    let models = days.get(start)
    if (models === undefined) days.set(start, (models = new Map()))
    const { usage } = insight
    const model = nameOfModel(insight.model)
    const sum = models.get(model) ?? { ...noUsage(start, model), ticks: 0 }
    models.set(model, sum)
    sum.insights += sign
    sum.prompt_tokens += sign * usage.prompt_tokens
    sum.cached_tokens += sign * usage.cached_tokens
    sum.completion_tokens += sign * usage.completion_tokens
    sum.reasoning_tokens += sign * usage.reasoning_tokens
    const ticks = sum.ticks + sign * usage.cost_usd_ticks
    const isExact = Number.isSafeInteger(ticks)
    if (!isExact) sum.cost_usd_ticks += BigInt(sum.ticks) + BigInt(sign * usage.cost_usd_ticks)
    sum.ticks = isExact ? ticks : 0
  }
  const rows: (DayUsage & { ticks: number })[] = []
  for (const models of days.values()) rows.push(...models.values())
  for (const row of rows) row.cost_usd_ticks += BigInt(row.ticks)
  return rows.toSorted((a, b) => (`${a.day} ${a.model}` < `${b.day} ${b.model}` ? -1 : 1))
}

const noUsage = (start: number, model: string): DayUsage => ({
  day: new Date(start).toISOString().slice(0, -'Thh:mm:ss.sssZ'.length),
  model,
  insights: 0,
  prompt_tokens: 0,
  cached_tokens: 0,
  completion_tokens: 0,
  reasoning_tokens: 0,
  cost_usd_ticks: 0n,
})
