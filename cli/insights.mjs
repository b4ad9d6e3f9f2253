#!/usr/bin/env node
// Plain JavaScript on purpose: once the cache is warm, Node needs neither to strip types nor to load the stripper,
// which saves a third of a second; and a Node that cannot strip them is told apart from a broken program.
import * as nodeModule from 'node:module'
import { resolve } from 'node:path'

if (!process.features.typescript) {
  process.stderr.write(
    `insights needs Node 24 and this is ${process.version}: use the npm scripts or npx insights after npm ci\n`,
  )
  process.exit(2)
}
nodeModule.enableCompileCache(resolve(import.meta.dirname, '../node_modules/.cache/node-compile'))
await import('./src/main.ts')
