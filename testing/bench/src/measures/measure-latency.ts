import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Bench, World } from '../bench.ts'
import { createBacklog, conversationId } from '../fill-backlog.ts'
import { followTopics } from '../follow-topics.ts'
import { percentile } from './measure-pace.ts'
import { positive } from '../read-options.ts'
import { runAnalyzers } from '../run-analyzers.ts'
import { startBed } from '../start-bed.ts'
import { startSimulator } from '../start-simulator.ts'
import { against, printGroup, writeResult } from '../write-result.ts'

/** What the analyzer adds when there is little to do. Both ends are the broker's append times: one clock. */
export const latency: Bench = {
  name: 'latency',
  shows: 'the time from a conversation in Kafka to its insight in Kafka at 1 conversation/s',
  takes: '2.5 min',
  options: '[--seconds 120]',
  run,
}

const FLUSH_MS = 750
const SLOT_MS = 105
const CALL_MS = 300
const ADDED_MS = 13
/** Connections, compiled code: a process is not new all the time. */
const WARM_UP = 5

async function run(argv: string[], world: World): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: { seconds: { type: 'string', default: '120' }, 'stack-env': { type: 'string' } },
  })
  const { signal, say } = world
  const count = WARM_UP + positive('seconds', values.seconds)
  const receivedAt = new Map<string, number>()
  const insightAt = new Map<string, number>()
  await using bed = await startBed(values['stack-env'], world)
  await using pipeline = await bed.newPipeline('latency')
  await using simulator = await startSimulator({ latency: { medianMs: CALL_MS, fixed: true } })
  await using analyzers = runAnalyzers({
    ...pipeline.env,
    GROK_BASE_URL: `${simulator.origin}/v1`,
    BATCH_FLUSH_SECONDS: String(FLUSH_MS / 1000),
  })
  await analyzers.add()
  await using backlog = await createBacklog(pipeline)
  await using _reader = await followTopics(pipeline, {
    conversationsReceived: (event, { appendedAt }) => void receivedAt.set(event.conversation_id, appendedAt),
    insightsProduced: (event, { appendedAt }) => {
      if (!insightAt.has(event.conversation_id)) insightAt.set(event.conversation_id, appendedAt)
    },
  })

  const startedAt = performance.now()
  for (let number = 0; number < count; number++) {
    await sleep(Math.max(0, startedAt + number * 1000 - performance.now()), undefined, { signal })
    await backlog.publish(1)
    if (number % 20 === 19) say(`${number + 1} of ${count} conversations sent`)
  }
  const ids = Array.from({ length: count }, (_, number) => conversationId(number))
  const missing = () => ids.filter((id) => !insightAt.has(id) || !receivedAt.has(id)).length
  for (const deadline = performance.now() + 30_000; missing() > 0 && performance.now() < deadline;)
    await sleep(100, undefined, { signal })
  analyzers.check()

  const took = ids.slice(WARM_UP).map((id) => (insightAt.get(id) ?? NaN) - (receivedAt.get(id) ?? NaN))
  const measured = took.filter((ms) => !Number.isNaN(ms))
  const mark = FLUSH_MS + SLOT_MS + CALL_MS + ADDED_MS
  const at = (p: number) => (measured.length === 0 ? null : percentile(measured, p))
  const group = {
    title: `${count - WARM_UP} conversations, 1 a second: flush ${FLUSH_MS} + slot ${SLOT_MS} + call ${CALL_MS} + ${ADDED_MS} ms`,
    figures: [
      against('without an insight', missing(), { atMost: 0 }, { hard: true }),
      { what: 'p50', value: at(0.5), unit: 'ms' },
      against('p99', at(0.99), { atMost: mark }, { unit: 'ms' }),
      { what: 'max', value: at(1), unit: 'ms' },
    ],
  }
  printGroup(group, say)
  return writeResult('latency', { groups: [group], options: values, details: { milliseconds: took } }, say)
}
