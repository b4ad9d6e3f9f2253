import { writeFileSync } from 'node:fs'
import { buildAsyncApi } from './asyncapi.ts'

const file = new URL('../asyncapi.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(buildAsyncApi(), null, 2)}\n`)
console.log(`written: ${file.pathname}`)
