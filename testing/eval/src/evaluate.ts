import { join } from 'node:path'
import { readConfig } from '@insights/runtime/config/read-config'
import { createAsker } from './ask-batch.ts'
import { variables } from './config.ts'
import { paceAsks } from './pace-asks.ts'
import { readConversations } from './read-conversations.ts'
import { HELP, readOptions } from './read-options.ts'
import { renderReport } from './render-report.ts'
import { runEval } from './run-eval.ts'
import { toReport } from './to-report.ts'
import { writeReport } from './write-report.ts'

export interface World {
  env: NodeJS.ProcessEnv
  /** Holds conversations.jsonl and injections.jsonl. */
  dataDirectory: string
  resultsDirectory: string
  /** Progress, for people. */
  say: (line: string) => void
  /** The result. */
  print: (text: string) => void
  /** Monotonic milliseconds. */
  now: () => number
  wallClock: () => Date
}

/**
 * The evaluation from the command line to the written report.
 * @throws EvalError, or ConfigError for the environment; nothing is written then
 */
export async function evaluate(argv: readonly string[], world: World): Promise<void> {
  const { env, dataDirectory, resultsDirectory, say, print, now, wallClock } = world
  const options = readOptions(argv)
  if (options === null) return print(HELP)
  const config = readConfig(variables, env)
  const data = readConversations(dataDirectory)
  const canary = options.canary ?? config.CANARY
  const asker = createAsker(config, canary)
  const paced = paceAsks(asker, {
    perSecond: config.OUTBOUND_RPS,
    concurrency: options.concurrency,
    backoffMs: config.BACKOFF_SECONDS * 1000,
    url: withoutUser(config.GROK_BASE_URL),
  })
  const measured = await runEval(data, options, asker, paced.ask, { say, now }).finally(async () => {
    paced.stop()
    await asker.close()
  })
  const report = toReport(measured, {
    measuredAt: wallClock(),
    asked: { model: config.GROK_MODEL, effort: asker.effort ?? null, url: withoutUser(config.GROK_BASE_URL) },
    promptVersion: asker.promptVersion,
    canary,
    masked: config.MASK_PII,
    seed: options.seed,
    dataSha256: data.sha256,
  })
  const text = renderReport(report)
  print(text)
  // The very last, so that an interrupt before it leaves nothing and one after it leaves all.
  const files = writeReport(resultsDirectory, report, `${text}\n`)
  say(`written to ${files.map((file) => join(resultsDirectory, file)).join(' and ')}`)
}

/** An address may carry a password. */
function withoutUser(address: string): string {
  const url = new URL(address)
  url.username = ''
  url.password = ''
  return url.href
}
