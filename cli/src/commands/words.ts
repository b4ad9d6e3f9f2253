import type { Command } from 'commander'
import { CommandFault } from '../describe-fault.ts'

export function define(command: Command): void {
  command.action(async () => {
    const { checkWords } = await import('../docs/check-words.ts')
    const faults = checkWords()
    for (const line of faults) console.error(line)
    if (faults.length > 0) throw new CommandFault(`${faults.length} texts are to be put in plainer words`)
  })
}
