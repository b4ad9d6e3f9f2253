import type { Command } from 'commander'

export function define(command: Command): void {
  command
    .option('--demo', 'send sample conversations and print their insights as they arrive')
    .option('--fresh', 'wipe the data of earlier runs (.data/) first')
    .addHelpText('after', '\nEverything is on http://127.0.0.1:8000 then; Ctrl-C stops it, and the data stays.')
    .action(async ({ demo = false, fresh = false }: { demo?: boolean; fresh?: boolean }) => {
      const [{ startPipeline }, { faultsOf }] = await Promise.all([
        import('@insights/stack/start-pipeline'),
        import('../faults-of.ts'),
      ])
      await startPipeline({ demo, fresh, serversOnly: false, faultsOf })
    })
}
