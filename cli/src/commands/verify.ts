import { migrationVariables } from '@insights/query/config'
import { verifyDatabase } from '@insights/query/verify/verify-database'
import { monotonicMs } from '@insights/runtime/monotonic'
import { createProgress } from '@insights/runtime/show-progress'
import { readConfig } from '@insights/runtime/config/read-config'
import { toPrintableLine } from '@insights/runtime/to-printable'
import type { Command } from 'commander'
import { CommandFault } from '../describe-fault.ts'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'

/** More of them are counted only. */
const MOST_SHOWN = 100

export function define(command: Command): void {
  addStackEnv(command)
    .addHelpText(
      'after',
      '\nReads only, in one snapshot: it may run while everything else does. Exit code 1: they differ.',
    )
    .action((options: StackEnvOptions) => verify(options))
}

async function verify(options: StackEnvOptions): Promise<void> {
  const config = readConfig(migrationVariables, readEnv(options, process.env))
  console.error('verify: recounting all insights, in one snapshot')
  let shown = 0
  const result = await verifyDatabase({
    databaseUrl: config.DATABASE_URL,
    report: (difference) => {
      shown++
      if (shown <= MOST_SHOWN) console.log(toPrintableLine(difference))
      if (shown === MOST_SHOWN + 1) console.log('…')
    },
    step: createProgress({ report: (line) => console.error(`verify: ${line}`), now: monotonicMs }),
  })
  if (result.kind === 'unready') throw new CommandFault(result.why)
  if (!result.counted)
    throw new CommandFault(
      'the insights are not counted yet: start the projector, which does it once before it begins, then verify again',
    )
  const insights = `${result.insights.toLocaleString('en')} insights`
  if (result.differences > 0)
    throw new CommandFault(
      `${result.differences.toLocaleString('en')} differences, ${insights}: npm run rebuild makes all tables from the topics once more`,
    )
  console.log(`${insights}: totals, rollups and usage are what the rows say, and the tables agree with each other`)
}
