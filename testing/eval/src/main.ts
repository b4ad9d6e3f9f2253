import { resolve } from 'node:path'
import { forgetOpenAiVariables } from '@insights/analyzer/provider/ask-grok'
import { ConfigError } from '@insights/runtime/config/read-config'
import { EvalError } from './eval-error.ts'
import { evaluate } from './evaluate.ts'

const say = (line: string) => void process.stderr.write(`${line}\n`)
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    say('interrupted: nothing was written')
    process.exit(name === 'SIGINT' ? 130 : 143)
  })

forgetOpenAiVariables(process.env)
try {
  await evaluate(process.argv.slice(2), {
    env: process.env,
    dataDirectory: resolve(import.meta.dirname, '../data'),
    resultsDirectory: resolve(import.meta.dirname, '../results'),
    say,
    print: (text) => void process.stdout.write(`${text}\n`),
    now: () => performance.now(),
    wallClock: () => new Date(),
  })
} catch (error) {
  if (error instanceof EvalError || error instanceof ConfigError) say(`${error.message}\nNothing was written.`)
  else say(`the evaluation broke: ${error instanceof Error ? error.stack : String(error)}\nNothing was written.`)
  process.exitCode = 1
}
