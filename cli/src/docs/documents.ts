import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { buildAsyncApi } from '@insights/schemas/asyncapi'
import { format } from 'prettier'
import { root } from '../root.ts'
import { configurationTable } from './configuration-table.ts'
import { faultsTable } from './faults-table.ts'
import { fillMarkers } from './fill-markers.ts'
import { invariantTests, readInvariants } from './invariant-tests.ts'
import { processesTable } from './processes-table.ts'
import { topicsTable } from './topics-table.ts'

export interface GeneratedDocument {
  /** Path from the repository's root. */
  name: string
  path: string
  found: string
  written: string
}

/** The documents with generated parts: as they are on disk, and as they should be. */
export async function documents(): Promise<GeneratedDocument[]> {
  const example = await readFile(resolve(import.meta.dirname, 'produce-conversation.ts'), 'utf8')
  const parts: Record<string, (found: string) => Record<string, string>> = {
    'docs/configuration.md': () => ({ configuration: configurationTable() }),
    'docs/design.md': () => ({ topics: topicsTable(), processes: processesTable() }),
    'docs/invariants.md': (found) => invariantTests(readInvariants(found)),
    'docs/producing.md': () => ({ topics: topicsTable(), example: `\`\`\`ts\n${example.trim()}\n\`\`\`` }),
    'services/analyzer/FAULTS.md': () => ({ faults: faultsTable() }),
  }
  const filled = Object.entries(parts).map(([name, generate]) =>
    toDocument(name, (found) => format(fillMarkers(name, found, generate(found)), MARKDOWN)),
  )
  return Promise.all([
    ...filled,
    toDocument('schemas/asyncapi.json', () =>
      format(JSON.stringify(buildAsyncApi(), null, 2), { parser: 'json', printWidth: 120 }),
    ),
  ])
}

const MARKDOWN = { parser: 'markdown', embeddedLanguageFormatting: 'off' } as const

async function toDocument(name: string, write: (found: string) => Promise<string>): Promise<GeneratedDocument> {
  const path = resolve(root, name)
  const found = await readFile(path, 'utf8')
  return { name, path, found, written: await write(found) }
}
