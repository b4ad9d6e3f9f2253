import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { format } from 'prettier'
import { configurationTable } from './configuration-table.ts'
import { faultsTable } from './faults-table.ts'
import { fillMarkers } from './fill-markers.ts'
import { topicsTable } from './topics-table.ts'

const root = resolve(import.meta.dirname, '../../..')

/** The documents with generated parts: as they are on disk, and as they should be. */
export async function documents(): Promise<{ path: string; found: string; written: string }[]> {
  const parts = {
    'README.md': { configuration: configurationTable(), topics: topicsTable() },
    'services/analyzer/FAULTS.md': { faults: faultsTable() },
  }
  return Promise.all(
    Object.entries(parts).map(async ([name, generated]) => {
      const path = resolve(root, name)
      const found = await readFile(path, 'utf8')
      return { path, found, written: await format(fillMarkers(name, found, generated), { parser: 'markdown' }) }
    }),
  )
}
