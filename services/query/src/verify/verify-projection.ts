import type { Step } from '@insights/runtime/show-progress'
import type { ClientBase } from 'pg'
import { totalsOfRows, usageOfRows, usageSums } from '../counts/count-rows.ts'
import { readRows } from '../counts/read-rows.ts'
import { ALL, ROLLUPS_FROM, TIMES } from '../counts/sum-insights.ts'
import { compareRollups, describeFacet } from './compare-rollups.ts'
import { misfits } from './find-misfits.ts'

export interface Verification {
  /** The insights that were counted. */
  insights: number
  /** False while a projector has not counted yet what an older version left; counts are not compared then. */
  counted: boolean
  differences: number
}

/**
 * Recounts the insights and compares with all that is kept of them: facet_totals, usage_by_day, rollups; and looks for
 * rows of one table that do not go with those of another. All of it in one snapshot, so it may run beside projectors.
 * Reports each difference in words, with texts of strangers in it. `client` is in no transaction and has no limit of
 * time.
 */
export async function verifyProjection(
  client: ClientBase,
  {
    rollupsFrom = ROLLUPS_FROM,
    report,
    step,
  }: {
    rollupsFrom?: number
    report: (difference: string) => void
    step: Step
  },
): Promise<Verification> {
  let differences = 0
  const count = (difference: string) => {
    differences++
    report(difference)
  }
  await client.query(`begin isolation level repeatable read, read only; set local statement_timeout = 0;
                      set local work_mem = '64MB'`)
  try {
    const { rows } = await client.query<{ insights: number; counted: boolean }>(
      'select (select count(*) from insights)::float8 as insights, exists (select from projection where counted) as counted',
    )
    const { insights = 0, counted = false } = rows[0] ?? {}
    for (const [at, text] of misfits.entries())
      for await (const page of readRows<[string]>(client, { name: `misfits_${at}`, text }))
        for (const [fault] of page) count(fault)
    if (counted) {
      await compareUsage(client, count)
      const facets = await compareTotals(client, rollupsFrom, count)
      const onRows = step('rows counted', TIMES.length * insights)
      for (const time of TIMES) await compareRollups(client, { time, facets, onRows, report: count })
    }
    return { insights, counted, differences }
  } finally {
    await client.query('rollback')
  }
}

/** Returns the facets that have rollups. */
async function compareTotals(
  client: ClientBase,
  rollupsFrom: number,
  report: (difference: string) => void,
): Promise<Set<string>> {
  const facets = new Set([ALL])
  const text = `
    select facet, coalesce(expected.insights, 0)::float8, coalesce(facet_totals.insights, 0)::float8,
           facet_totals.facet is null
      from (${totalsOfRows}) as expected full join facet_totals using (facet)
     where expected.insights is distinct from facet_totals.insights or expected.insights >= ${rollupsFrom}`
  for await (const page of readRows<[string, number, number, boolean]>(client, { name: 'totals', text }))
    for (const [facet, expected, stored, isMissing] of page) {
      if (expected >= rollupsFrom) facets.add(facet)
      if (isMissing) report(`facet_totals: ${describeFacet(facet)}: no row, for ${expected} insights`)
      else if (expected !== stored || expected === 0)
        report(
          `facet_totals: ${describeFacet(facet)}: ${stored} instead of ${expected}${expected === 0 ? ', which is no row' : ''}`,
        )
    }
  return facets
}

async function compareUsage(client: ClientBase, report: (difference: string) => void): Promise<void> {
  const names = ['insights', ...usageSums]
  const text = `
    select day::text, model, ${['expected', 'stored'].map((side) => `(${names.map((name) => `${side}.${name}`).join(', ')})::text`).join(', ')}
      from (${usageOfRows}) as expected full join usage_by_day as stored using (day, model)
     where (${names.map((name) => `expected.${name}`).join(', ')}) is distinct from (${names.map((name) => `stored.${name}`).join(', ')})`
  for await (const page of readRows<[string, string, string, string]>(client, { name: 'usage', text }))
    for (const [day, model, expected, stored] of page)
      report(`usage_by_day: ${day}, ${model}: ${stored} instead of ${expected} (${names.join(', ')})`)
}
