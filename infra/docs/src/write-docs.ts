import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { format } from 'prettier'
import { configurationTable } from './configuration-table.ts'
import { fillReadme } from './fill-readme.ts'
import { topicsTable } from './topics-table.ts'

const path = resolve(import.meta.dirname, '../../../README.md')
const filled = fillReadme(await readFile(path, 'utf8'), { configuration: configurationTable(), topics: topicsTable() })
await writeFile(path, await format(filled, { parser: 'markdown' }))
