import { migrationVariables } from '@insights/query/config'
import { migrate } from '@insights/query/migrate'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/config/read-config'
import type { Command } from 'commander'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'

export function define(command: Command): void {
  addStackEnv(command).action(async (options: StackEnvOptions) => {
    const config = readConfig(migrationVariables, readEnv(options, process.env))
    const log = createLogger({ service: 'migrate', level: config.LOG_LEVEL })
    const { applied } = await migrate({ databaseUrl: config.DATABASE_URL, log })
    log.info({ applied }, applied.length === 0 ? 'the database is up to date' : 'the database is migrated')
  })
}
