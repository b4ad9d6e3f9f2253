import type { Command } from 'commander'

export function define(command: Command): void {
  command
    .option('--fresh', 'wipe the data of earlier runs (.data/) first')
    .addHelpText('after', '\nThe addresses are in .data/stack.env then; Ctrl-C stops it, and the data stays.')
    .action(async ({ fresh = false }: { fresh?: boolean }) => {
      const [{ startPipeline }, { faultsOf }] = await Promise.all([
        import('@insights/stack/start-pipeline'),
        import('../faults-of.ts'),
      ])
      await startPipeline({ demo: false, fresh, serversOnly: true, faultsOf })
    })
}
