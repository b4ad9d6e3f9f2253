import { writeFile } from 'node:fs/promises'
import { documents } from './documents.ts'

for (const { path, written } of await documents()) await writeFile(path, written)
