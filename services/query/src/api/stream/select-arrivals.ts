import { sql } from 'slonik'
import { z } from 'zod'
import { insightColumns, InsightRead } from '../insights/insight.ts'
import type { Reader } from '../reading/open-database.ts'
import type { Place, Places } from './places.ts'

/** An insight that has become visible, and the place of its record. */
export interface Arrival {
  place: Place
  facets: readonly string[]
  insight: InsightRead
}

export interface Arrivals {
  arrivals: readonly Arrival[]
  /** Whether that is everything there is now. */
  isAll: boolean
}

const places = { partition: z.int().min(0), offset: z.int().min(0) }
const Head = z.object(places)
const Row = InsightRead.extend({ facets: z.array(z.string()), ...places })

/**
 * The newest row of each partition, found from the end of the index, which holds no rows that have been replaced. Those
 * of before their places were kept (partition -1) are no news to anyone.
 */
const heads = sql.fragment`
  heads as (
    (select record_partition as head_partition, record_offset as head from insights
      where record_partition >= 0 order by record_partition desc, record_offset desc limit 1)
    union all
    select next.* from heads, lateral (
      select record_partition, record_offset from insights
       where record_partition >= 0 and record_partition < head_partition
       order by record_partition desc, record_offset desc limit 1) as next
  )`

/** How far the rows are now. */
export async function selectPlaces(reader: Reader): Promise<Places> {
  const rows = await reader.any(sql.type(Head)`
    with recursive ${heads} select head_partition as partition, head::float8 as "offset" from heads`)
  const found: number[] = Array.from({ length: Math.max(0, ...rows.map(({ partition }) => partition + 1)) }, () => -1)
  for (const { partition, offset } of rows) found[partition] = offset
  return found
}

/** What has become visible behind `after`, at most `most` of each partition, in the order of their offsets. */
export async function selectArrivals(reader: Reader, after: Places, most: number): Promise<Arrivals> {
  const rows = await reader.any(sql.type(Row)`
    with recursive ${heads}
    select record_partition as partition, record_offset::float8 as "offset", facets, ${insightColumns}
      from heads cross join coalesce((${sql.array([...after], 'int8')})[head_partition + 1], -1) as behind (place)
           cross join lateral (
             select * from insights
              where head > place and record_partition = head_partition and record_offset > place
              order by record_offset limit ${most}) as arrived
     order by 1, 2`)
  const counts = new Map<number, number>()
  for (const { partition } of rows) counts.set(partition, (counts.get(partition) ?? 0) + 1)
  const arrivals = rows.map(({ partition, offset, facets, ...insight }) => ({
    place: { partition, offset },
    facets,
    insight,
  }))
  return { arrivals, isAll: [...counts.values()].every((count) => count < most) }
}
