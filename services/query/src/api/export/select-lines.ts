import { sql, type FragmentSqlToken } from 'slonik'
import { insightColumns, servedColumns } from '../../tables/insight-columns.ts'
import type { PostgresType } from '../../tables/to-postgres.ts'
import { selects } from '../selection/count-insights.ts'
import { isoTime } from '../selection/iso-time.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'

export const FORMATS = ['csv', 'ndjson'] as const
export type Format = (typeof FORMATS)[number]

/** What stands before the first line. The mark tells spreadsheets that the bytes are UTF-8. */
export const HEADINGS: Record<Format, string> = {
  csv: `\uFEFF${Object.keys(servedColumns).join(',')}\r\n`,
  ndjson: '',
}
export const LINE_ENDS: Record<Format, string> = { csv: '\r\n', ndjson: '\n' }

const columns = (Object.keys(servedColumns) as (keyof typeof servedColumns)[]).map((name) => ({
  name,
  type: insightColumns[name].type as PostgresType,
}))

/**
 * The insights of a selection, newest first, each as one line of text: the column `line`. Postgres writes the lines,
 * beside this process, whose one thread serves all others too: a row takes 2 µs of it instead of 8.
 */
export function selectLines(selection: InsightSelection, format: Format): FragmentSqlToken {
  const by = sql.identifier([selection.time])
  const span = { first: Math.ceil(selection.start), last: Math.floor(selection.end) }
  return sql.fragment`
    select ${format === 'csv' ? csvLine : jsonLine} as line from insights
     where ${selects(selection, span)} order by ${by} desc, conversation_id desc`
}

const jsonLine = sql.fragment`(
  select row_to_json(fields)::text from (select ${sql.join(
    columns.map(({ name, type }) =>
      type === 'timestamptz'
        ? sql.fragment`${isoTime([name])} as ${sql.identifier([name])}`
        : sql.fragment`insights.${sql.identifier([name])}`,
    ),
    sql.fragment`, `,
  )}) as fields)`

/**
 * RFC 4180: texts in quotes, those in them doubled. Spreadsheets take a text for a formula by its first character
 * (OWASP, CSV injection): an apostrophe before it keeps them from that. A text that begins with one gets another, so
 * that a program that takes one away from each has what was there.
 */
const quoted = (text: FragmentSqlToken) =>
  sql.fragment`case when ascii(${text}) in (${FORMULA}) then '"''' else '"' end, replace(${text}, '"', '""'), '"'`
const FORMULA = sql.join(
  // The last four look like the first in fonts of the Far East, and some programs take them for the same.
  [...`=+-@\t\r\n'＝＋－＠`].map((character) => sql.literalValue(String(character.codePointAt(0)))),
  sql.fragment`, `,
)

const csvLine = sql.fragment`concat(${sql.join(
  columns.map(({ name, type }) => {
    const value = sql.fragment`insights.${sql.identifier([name])}`
    if (type === 'timestamptz') return isoTime([name])
    if (type === 'text') return quoted(value)
    // A JSON array: names may have any character.
    if (type === 'text[]') return quoted(sql.fragment`array_to_json(${value})::text`)
    return sql.fragment`${value}::text`
  }),
  sql.fragment`, ',', `,
)})`
