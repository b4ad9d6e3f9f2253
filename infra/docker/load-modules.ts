import { glob } from 'node:fs/promises'
import { basename, resolve } from 'node:path'

// Importing these would run them.
const programs = new Set(['main.ts', 'run-migrations.ts'])

// Run while the image is built, with NODE_COMPILE_CACHE set: every module is compiled once, not at each start.
let count = 0
for await (const path of glob('{schemas,packages/*,services/*,infra/*}/src/**/*.ts')) {
  if (programs.has(basename(path)) || path.endsWith('.d.ts')) continue
  await import(resolve(path))
  count++
}
if (count === 0) throw new Error(`no modules under ${process.cwd()}`)
console.log(`${count} modules load`)
