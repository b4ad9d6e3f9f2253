import { writeFile } from 'node:fs/promises'
import { documents } from './documents.ts'

/** Writes what is generated and returns the names of the files that were not up to date. */
export async function writeDocs(): Promise<string[]> {
  const stale = (await documents()).filter(({ found, written }) => found !== written)
  for (const { path, written } of stale) await writeFile(path, written)
  return stale.map(({ name }) => name)
}
