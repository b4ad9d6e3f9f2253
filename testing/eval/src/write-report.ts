import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from './to-report.ts'

/**
 * Writes `<UTC time>-<model>.json` and `.md` into `directory` and gives their names: both, or neither. Synchronous, so
 * that no signal comes between the two.
 */
export function writeReport(directory: string, report: Report, table: string): string[] {
  const model = report.models.join('+').replace(/[^\w.+-]+/g, '_')
  const name = `${report.measuredAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '')}-${model.slice(0, 100)}`
  const files = [
    { name: `${name}.json`, text: `${JSON.stringify(report, null, 2)}\n` },
    { name: `${name}.md`, text: table },
  ]
  mkdirSync(directory, { recursive: true })
  try {
    for (const file of files) writeFileSync(join(directory, `${file.name}.part`), file.text)
    for (const file of files) renameSync(join(directory, `${file.name}.part`), join(directory, file.name))
  } catch (error) {
    for (const file of files)
      for (const suffix of ['', '.part']) rmSync(join(directory, file.name + suffix), { force: true })
    throw error
  }
  return files.map((file) => file.name)
}
