import type { Command } from 'commander'

export function define(command: Command): void {
  command.action(async () => {
    const { writeDocs } = await import('../docs/write-docs.ts')
    const written = await writeDocs()
    console.log(written.length === 0 ? 'all documents are up to date' : `written: ${written.join(', ')}`)
  })
}
