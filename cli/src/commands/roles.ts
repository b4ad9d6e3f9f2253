import { randomBytes } from 'node:crypto'
import { roleVariables } from '@insights/query/config'
import { makeRoles } from '@insights/query/make-roles'
import { readConfig } from '@insights/runtime/config/read-config'
import { createLogger } from '@insights/runtime/logger'
import type { Command } from 'commander'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'

export function define(command: Command): void {
  addStackEnv(command)
    .addHelpText(
      'after',
      '\nDATABASE_URL is that of the owner of the tables, who may create roles; PROJECTOR_DB_PASSWORD and API_DB_PASSWORD are' +
        '\nwhat the two log in with. Without them a role that is there keeps its password.',
    )
    .action(async (options: StackEnvOptions) => {
      const config = readConfig(roleVariables, readEnv(options, process.env))
      const log = createLogger({ service: 'roles', level: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL })
      const passwords = { projector: config.PROJECTOR_DB_PASSWORD ?? null, api: config.API_DB_PASSWORD ?? null }
      const { projector, api } = await makeRoles(config.DATABASE_URL, passwords, { log, randomBytes })
      console.log('the roles are as they should be; put their passwords behind the names:')
      console.log(`ROLE=projector DATABASE_URL=${projector}`)
      console.log(`ROLE=api DATABASE_URL=${api}`)
    })
}
