import { filterParameters, toSelection } from '../parameters/filter-parameters.ts'
import { parametersOf } from '../parameters/parameters-of.ts'
import { wordParameter } from '../parameters/query-parameter.ts'
import { endIsLater } from '../parameters/time-window.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { FORMATS, type Format } from './select-lines.ts'

export interface ExportQuery {
  selection: InsightSelection
  format: Format
}

/** The query string of `GET /api/v1/insights/export`. Every fault it has is reported at once. */
export const ExportInsightsQuery = parametersOf(
  {
    format: wordParameter(FORMATS).meta({
      enum: [...FORMATS],
      description: 'csv is for spreadsheets; ndjson, a JSON object in each line, is for programs, and exact.',
    }),
    ...filterParameters,
  },
  { metadata: true },
)
  .superRefine(...endIsLater)
  .transform((query): ExportQuery => ({ selection: toSelection(query), format: query.format }))
