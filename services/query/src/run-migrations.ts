import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/read-config'
import { migrationVariables } from './config.ts'
import { migrate } from './migrate.ts'

const config = readConfig(migrationVariables, process.env)
const log = createLogger({ service: 'migrate', level: config.LOG_LEVEL })

try {
  const { applied } = await migrate({ databaseUrl: config.DATABASE_URL, log })
  log.info({ applied }, applied.length === 0 ? 'the database is up to date' : 'the database is migrated')
} catch (error) {
  log.fatal(error, 'migration failed')
  process.exitCode = 1
}
