import type { Command } from 'commander'
import { CommandFault } from '../describe-fault.ts'
import { DEFAULT_RATE, rateOption } from '../rate-option.ts'
import { timeOption } from '../read-time.ts'

export interface ReanalyzeOptions {
  /** Epoch milliseconds, as `until`. */
  since: number
  until?: number
  promptVersion?: string
  rate: number
  yes?: boolean
  dryRun?: boolean
}

export interface Window {
  /** Epoch milliseconds of when a conversation was submitted, from (inclusive) and to (exclusive; null: now). */
  since: number
  until: number | null
}

export const addReanalyzeOptions = (command: Command): Command =>
  command
    .summary(command.description())
    .description(
      "Has history analysed once more under today's prompt: publishes the newest submissions of a window again, oldest " +
        'first, in the bulk lane, where they wait for what is live. First it says what that costs and how long it takes. ' +
        "Passed over, and counted, are conversations that were erased, have a newer submission, or have today's prompt.",
    )
    .requiredOption('--since <time>', 'submitted since this time: 2026-01-31T12:00:00Z, or 90m, 2h, 7d ago', timeOption)
    .option('--until <time>', 'submitted before this time', timeOption)
    .option('--prompt-version <version>', 'only those whose insight was made under this prompt_version')
    .option('--rate <per second>', 'conversations published in a second at most', rateOption, DEFAULT_RATE)
    .option('--yes', 'do not ask whether to begin')
    .option('--dry-run', 'say what it would cost, and publish nothing')

/** @param now epoch ms. @throws CommandFault when no submission can be in the window */
export function toWindow({ since, until }: Pick<ReanalyzeOptions, 'since' | 'until'>, now: number): Window {
  if (since >= now) throw new CommandFault('--since is in the future: no conversation was submitted since', 2)
  if (until !== undefined && until <= since)
    throw new CommandFault('--until must be later than --since: no conversation is between them', 2)
  return { since, until: until ?? null }
}
