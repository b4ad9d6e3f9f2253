import { readConfig } from '@insights/runtime/config/read-config'
import { monotonicMs } from '@insights/runtime/monotonic'
import { pause } from '@insights/runtime/pause'
import { toPrintable } from '@insights/runtime/to-printable'
import type { Command } from 'commander'
import { openPipeline } from '../open-pipeline.ts'
import { createProgress } from '@insights/runtime/show-progress'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'
import { variables } from '../redrive/config.ts'
import { describeRedriven } from '../redrive/describe-redriven.ts'
import { redriveFailures } from '@insights/pipeline/redrive/redrive-failures'
import { addRedriveOptions, toSelection, type RedriveOptions } from '../redrive/redrive-options.ts'
import type { Selection } from '@insights/pipeline/redrive/select-failures'

export function define(command: Command): void {
  addRedriveOptions(addStackEnv(command)).action((options: RedriveOptions & StackEnvOptions) =>
    redrive(toSelection(options), options),
  )
}

const TOPICS = ['analysisFailed', 'conversationsReceived', 'insightsProduced'] as const

async function redrive(
  selection: Selection,
  { dryRun = false, rate, ...options }: RedriveOptions & StackEnvOptions,
): Promise<void> {
  const config = readConfig(variables, readEnv(options, process.env))
  const tell = (line: string) => void process.stderr.write(`${toPrintable(line)}\n`)
  const step = createProgress({ report: tell, now: monotonicMs })
  const { codec, read, publish, stop } = await openPipeline('redrive', config, { topics: TOPICS, step })
  const report = (line: string) => console.log(toPrintable(line))
  const clock = { now: monotonicMs, pause }
  try {
    const prefix = config.TOPIC_PREFIX
    const done = await redriveFailures({ read, codec, publish, prefix, selection, rate, dryRun, clock, report, step })
    for (const line of describeRedriven(done, { dryRun, rate, now: Date.now() })) report(line)
  } finally {
    await stop()
  }
}
