import { createInterface } from 'node:readline/promises'
import { durationMs } from '@insights/analyzer/parse-duration'
import { promptSettings, promptVersion } from '@insights/analyzer/question/prompt'
import { readConfig } from '@insights/runtime/config/read-config'
import { monotonicMs } from '@insights/runtime/monotonic'
import { pause } from '@insights/runtime/pause'
import { toPrintable } from '@insights/runtime/to-printable'
import type { Command } from 'commander'
import { CommandFault } from '../describe-fault.ts'
import { openPipeline } from '../open-pipeline.ts'
import { publishInOrder } from '@insights/pipeline/publish-again/publish-in-order'
import { count, createProgress } from '@insights/runtime/show-progress'
import { add, describeTally, type Tally } from '@insights/pipeline/publish-again/tally'
import { variables } from '../reanalyze/config.ts'
import { describePlan } from '../reanalyze/describe-plan.ts'
import { estimate } from '@insights/pipeline/estimate/estimate'
import { chooseConversations, fetchForBulk } from '../reanalyze/reanalyze-conversations.ts'
import { addReanalyzeOptions, toWindow, type ReanalyzeOptions } from '../reanalyze/reanalyze-options.ts'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'

export function define(command: Command): void {
  addReanalyzeOptions(addStackEnv(command)).action(reanalyze)
}

async function reanalyze(options: ReanalyzeOptions & StackEnvOptions): Promise<void> {
  const { rate, dryRun = false, yes = false, promptVersion: only = null } = options
  const now = Date.now()
  const window = toWindow(options, now)
  const config = readConfig(variables, readEnv(options, process.env))
  const tell = (line: string) => void process.stderr.write(`${toPrintable(line)}\n`)
  const report = (line: string) => console.log(toPrintable(line))
  const step = createProgress({ report: tell, now: monotonicMs })
  const topics = await openPipeline('reanalyze', config, {
    topics: ['conversationsReceived', 'insightsProduced'],
    step,
  })
  const { read, codec } = topics
  const prefix = config.TOPIC_PREFIX
  try {
    const waitingSince = now - durationMs(config.ANALYSIS_MAX_AGE)
    const prompts = { today: promptVersion(promptSettings(config)), only, waitingSince }
    const ranges = await topics.ranges('conversationsReceived', window.since)
    const { wanted, costs, ...chosen } = await chooseConversations({
      read,
      codec,
      prefix,
      ranges,
      window,
      prompts,
      now,
    })
    const expected = estimate({ conversations: wanted.length, costs }, { ...config, rate })
    for (const line of describePlan({ ...chosen, window, prompts, estimate: expected })) report(line)
    if (dryRun || wanted.length === 0) return
    if (!yes) await confirm(wanted.length)
    let published = 0
    const left: Tally = new Map()
    const progress = step('published', wanted.length)
    await publishInOrder({
      candidates: wanted,
      fetchAgain: (chunk) => fetchForBulk(chunk, { read, prefix }),
      publish: topics.publish,
      rate,
      clock: { now: monotonicMs, pause },
      onPublished: () => {
        published++
        progress(1)
      },
      onLeft: (_, why) => add(left, why),
    })
    report(`${count(published)} conversations published in the bulk lane`)
    for (const line of describeTally(left)) report(line)
  } finally {
    await topics.stop()
  }
}

/** @throws CommandFault when it is not wished for, or the user cannot be asked */
async function confirm(conversations: number): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CommandFault('nothing was published: say --yes to begin, as there is no terminal to ask at', 2)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`Publish ${count(conversations)} conversations again? [y/N] `)
  terminal.close()
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CommandFault('not confirmed: nothing was published')
}
