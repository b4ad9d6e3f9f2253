import type { Command } from 'commander'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'

export function define(command: Command): void {
  addStackEnv(command).action(async (options: StackEnvOptions) => {
    // A program of its own, as docs/producing.md shows it: it reads the environment and runs when it is imported.
    Object.assign(process.env, readEnv(options, process.env))
    await import('../docs/produce-conversation.ts')
  })
}
