import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { format } from 'prettier'
import { configurationTable } from './configuration-table.ts'
import { faultsTable } from './faults-table.ts'
import { fillMarkers } from './fill-markers.ts'
import { invariantTests, readInvariants } from './invariant-tests.ts'
import { root } from './list-files.ts'
import { topicsTable } from './topics-table.ts'

/** The documents with generated parts: as they are on disk, and as they should be. */
export async function documents(): Promise<{ path: string; found: string; written: string }[]> {
  const example = await readFile(resolve(import.meta.dirname, 'produce-conversation.ts'), 'utf8')
  const parts: Record<string, (found: string) => Record<string, string>> = {
    'docs/configuration.md': () => ({ configuration: configurationTable() }),
    'docs/design.md': () => ({ topics: topicsTable() }),
    'docs/invariants.md': (found) => invariantTests(readInvariants(found)),
    'docs/producing.md': () => ({ topics: topicsTable(), example: `\`\`\`ts\n${example.trim()}\n\`\`\`` }),
    'services/analyzer/FAULTS.md': () => ({ faults: faultsTable() }),
  }
  return Promise.all(
    Object.entries(parts).map(async ([name, generate]) => {
      const path = resolve(root, name)
      const found = await readFile(path, 'utf8')
      const options = { parser: 'markdown', embeddedLanguageFormatting: 'off' } as const
      return { path, found, written: await format(fillMarkers(name, found, generate(found)), options) }
    }),
  )
}
