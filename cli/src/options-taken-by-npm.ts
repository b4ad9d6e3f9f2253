import type { Command } from 'commander'

/**
 * What to say when npm kept options of the command for itself, because `--` was forgotten; null when it did not. It
 * passes them on as variables: `npm run redrive --dry-run` would publish.
 */
export function optionsTakenByNpm(command: Command, env: NodeJS.ProcessEnv): string | null {
  const script = env['npm_lifecycle_event']
  // Only of the script that npm runs for the command itself, not of one that starts it among others.
  if (script !== command.name()) return null
  const taken = command.options
    .map(({ long }) => long ?? '')
    // What a .npmrc sets to false is an empty variable. One that sets `yes` cannot be told from an option, and without
    // it a command only asks.
    .filter((long) => long !== '--yes' && (env[variableOf(long)] ?? '') !== '')
  if (taken.length === 0) return null
  const all = [...new Set(taken)].join(' ')
  return `npm took ${all} for itself; what comes behind -- is for insights: npm run ${script} -- ${all} …`
}

const variableOf = (long: string): string => `npm_config_${long.replace(/^--(?:no-)?/, '').replaceAll('-', '_')}`
