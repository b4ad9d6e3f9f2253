import { Command, CommanderError } from 'commander'
import { commands } from './commands.ts'
import { describeFault } from './describe-fault.ts'
import { optionsTakenByNpm } from './options-taken-by-npm.ts'

/**
 * Runs one command and says on `complain` what is wrong, if anything is. Only the chosen command is loaded.
 * @returns the exit code: 0, 1 when the command failed, 2 when it was used wrongly and nothing was done
 */
export async function runInsights(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  complain: (line: string) => void,
): Promise<0 | 1 | 2> {
  const program = new Command('insights')
    .description('Starts, fills and looks after a pipeline of conversation insights.')
    .usage('<command> [options]')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', '\n`insights <command> --help` tells the options of a command; it does nothing else.')
  const wanted = commandIn(argv)
  for (const { name, summary, load } of commands) {
    const command = program.command(name).description(summary)
    if (name !== wanted) continue
    ;(await load()).define(command)
    const taken = optionsTakenByNpm(command, env)
    if (taken !== null) {
      complain(`insights ${name}: ${taken}`)
      return 2
    }
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const known = commands.some(({ name }) => name === wanted)
    const name = known ? `insights ${wanted}` : 'insights'
    const { text, exitCode } = error instanceof CommanderError ? wrongUse(error, name, env) : describeFault(error)
    complain(`${name}: ${text}`)
    return exitCode
  }
}

/** Also of `insights help <command>`. */
function commandIn(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'))
  return words[0] === 'help' ? words[1] : words[0]
}

function wrongUse(
  { code, message }: CommanderError,
  name: string,
  env: NodeJS.ProcessEnv,
): { text: string; exitCode: 2 } {
  const plain = message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
  // The option that it belonged to is npm's now, under one of its own names: --class is -c -l -a -s -s to it.
  const script = env['npm_lifecycle_event']
  if (code === 'commander.excessArguments' && name === `insights ${script}`)
    return { text: `${plain}; what comes behind -- is for insights: npm run ${script} -- --help`, exitCode: 2 }
  const fault = code === 'commander.help' ? 'say which command' : plain
  return { text: `${fault}; ${name} --help lists what there is`, exitCode: 2 }
}
