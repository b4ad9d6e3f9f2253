import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Command } from 'commander'
import { CommandFault } from './describe-fault.ts'
import { root } from './root.ts'

export interface StackEnvOptions {
  /** Undefined: the file that `insights start` and `insights stack` write. False: none. */
  stackEnv?: string | false
}

/** For a command that works on a pipeline: where the pipeline's addresses come from. */
export const addStackEnv = (command: Command): Command =>
  command
    .option('--stack-env <file>', 'with the addresses of the pipeline (default: stack.env of DATA_DIR, if it is there)')
    .option('--no-stack-env', 'take nothing but the environment')
    .addHelpText('after', '\nVariables that are set win over .env of the repository, and that over the file.')

/** The environment of a command: what is set, then `.env`, then the addresses of the pipeline. */
export function readEnv({ stackEnv }: StackEnvOptions, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (stackEnv === false) return env
  const set = { ...readIfThere(resolve(root, '.env')), ...env }
  if (stackEnv !== undefined && !existsSync(stackEnv))
    throw new CommandFault(`there is no file ${stackEnv}: npm start and npm run stack write stack.env`, 2)
  return { ...readIfThere(stackEnv ?? resolve(root, set['DATA_DIR'] || '.data', 'stack.env')), ...set }
}

const readIfThere = (path: string): NodeJS.ProcessEnv =>
  existsSync(path) ? (parseEnv(readFileSync(path, 'utf8')) as NodeJS.ProcessEnv) : {}
