import { parseArgs } from 'node:util'
import { migrate } from '@insights/query/migrate'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { pause } from '@insights/runtime/pause'
import type { Bench, World } from '../bench.ts'
import { createDatabase } from '../projector/create-database.ts'
import { makeInsight } from '../projector/fill-topic.ts'
import { runProjector } from '../projector/run-ours.ts'
import { positive } from '../read-options.ts'
import { startBed, type Pipeline } from '../start-bed.ts'
import { ID, listenToStream, stallStream } from '../stream/listen-to-stream.ts'
import { runApi } from '../stream/run-api.ts'
import { against, printGroup, writeResult, type Figure } from '../write-result.ts'
import { measureProcess } from './measure-processes.ts'

/** The event stream of the API: many clients, some of which take nothing, and a kill. Issue of the query API. */
export const stream: Bench = {
  name: 'stream',
  shows:
    '500 clients of the event stream, 50 of them stalled: time to each of the others, memory, and what a kill loses',
  takes: '3 min',
  options: '[--clients 500] [--stalled 50] [--rate 100] [--seconds 60]',
  run,
}

/** Clients that are cut off again and again, besides the kill. */
const CUT_CLIENTS = 20
const CUT_EVERY_MS = 1_500
/** What is published around the kill is judged by whether it came, not when. */
const BESIDE_KILL_MS = 5_000
const TICK_MS = 50

async function run(argv: string[], world: World): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: {
      clients: { type: 'string', default: '500' },
      stalled: { type: 'string', default: '50' },
      rate: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '60' },
      'stack-env': { type: 'string' },
    },
  })
  const { say, signal } = world
  const [clients, rate, seconds] = (['clients', 'rate', 'seconds'] as const).map((name) => positive(name, values[name]))
  const stalled = Number(values.stalled)
  const [reading, most] = [(clients ?? 0) - stalled, (rate ?? 0) * (seconds ?? 0)]
  await using bed = await startBed(values['stack-env'], world, { postgres: true })
  await using pipeline = await bed.newPipeline('stream')
  await using database = await createDatabase(bed.env['DATABASE_URL'] ?? '')
  await migrate({ databaseUrl: database.databaseUrl, log: bed.log })
  const env = { ...pipeline.env, DATABASE_URL: database.databaseUrl }
  const projector = await runProjector({ env, nodeArgs: [] })
  let api = await runApi(env)
  const origin = () => api.origin

  const publishedAt = new Float64Array(most)
  const delays = new Float32Array(most)
  const onInsight = (number: number) => {
    delays[number] = Math.max(delays[number] ?? 0, performance.now() - (publishedAt[number] ?? 0))
  }
  // Those that are cut off wait before they come back, which is not what is timed.
  const listeners = Array.from({ length: reading }, (_, index) =>
    listenToStream(origin, { most, onInsight: index < CUT_CLIENTS ? () => undefined : onInsight }),
  )
  const stalls = Array.from({ length: stalled }, () => stallStream(origin))
  const cutting = setInterval(() => {
    for (const listener of listeners.slice(0, CUT_CLIENTS)) listener.cut()
  }, CUT_EVERY_MS)
  try {
    const isEverywhere = () => listeners.every((listener) => listener.connections() > 0)
    for (let waited = 0; !isEverywhere(); waited += TICK_MS) {
      if (waited > 60_000) throw new Error('the clients were not all served within a minute')
      await pause(TICK_MS, signal)
      signal.throwIfAborted()
    }
    say(`${reading} clients read, ${stalled} do not; publishing ${rate} insights a second for ${seconds} s`)
    const memory = watchMemory(() => api.pid)
    let killedAt = Infinity
    const killAt = performance.now() + (seconds ?? 0) * 750
    await publish(pipeline, { most, rate: rate ?? 0, publishedAt }, world, async () => {
      if (performance.now() < killAt || killedAt < Infinity) return
      memory.stop()
      killedAt = performance.now()
      await api.kill()
      api = await runApi(env, { port: Number(new URL(api.origin).port) })
      say(`the API was killed, and is back after ${Math.round(performance.now() - killedAt)} ms`)
    })
    const missing = () =>
      listeners.reduce((sum, { seen }) => sum + seen.reduce((none, n) => none + Number(n === 0), 0), 0)
    for (let waited = 0; missing() > 0 && waited < 60_000; waited += 500) await pause(500, signal)
    const calm = Array.from(delays).filter((_, number) => {
      const at = publishedAt[number] ?? 0
      return at < killedAt - BESIDE_KILL_MS || at > killedAt + 4 * BESIDE_KILL_MS
    })
    const quantile = (share: number) => calm.toSorted((a, b) => a - b)[Math.floor(share * (calm.length - 1))] ?? null
    const twice = listeners.reduce((sum, { seen }) => sum + seen.reduce((more, n) => more + Math.max(0, n - 1), 0), 0)
    const figures: Figure[] = [
      { what: 'insights published', value: most },
      { what: 'connections of clients that read', value: listeners.reduce((sum, one) => sum + one.connections(), 0) },
      against('insights that did not come, over all clients', missing(), { atMost: 0 }, { hard: true }),
      { what: 'insights that came twice, over all clients', value: twice },
      { what: 'from publishing to the last client, p50', value: quantile(0.5), unit: 'ms' },
      against('… p99', quantile(0.99), { atMost: 1_000 }, { unit: 'ms' }),
      against('… longest', quantile(1), { atMost: 1_000 }, { unit: 'ms' }),
      ...memory.figures(),
    ]
    const groups = [{ title: `${clients} clients, ${stalled} of them stalled, ${rate} insights/s`, figures }]
    for (const group of groups) printGroup(group, say)
    return await writeResult('stream', { groups, options: values }, say)
  } finally {
    clearInterval(cutting)
    for (const one of [...listeners, ...stalls]) one.stop()
    await api.stop().catch(() => undefined)
    await projector.stop()
  }
}

async function publish(
  pipeline: Pipeline,
  { most, rate, publishedAt }: { most: number; rate: number; publishedAt: Float64Array },
  { signal }: World,
  onTick: () => Promise<void>,
): Promise<void> {
  const publisher = createPublisher({ kafka: pipeline.kafka, log: pipeline.log })
  const topic = pipeline.topic('insightsProduced')
  await publisher.start()
  const began = performance.now()
  try {
    for (let done = 0; done < most;) {
      signal.throwIfAborted()
      const due = Math.min(most, Math.floor(((performance.now() - began) / 1000) * rate))
      const records = Array.from({ length: due - done }, (_, index) => {
        const number = done + index
        const conversation_id = `${ID}${number}`
        publishedAt[number] = performance.now()
        const insight = { ...makeInsight(number, 0, Date.now()), conversation_id }
        return { topic, key: conversation_id, value: pipeline.codec.encode('insightsProduced', insight), headers: [] }
      })
      if (records.length > 0) {
        const result = await publisher.publish(records)
        if (!result.ok) throw new Error(`the insights were not acknowledged: ${result.reason}, ${result.detail}`)
      }
      done = due
      await onTick()
      await pause(TICK_MS, signal)
    }
  } finally {
    await publisher.stop()
  }
}

/** Of the process that is there from the beginning. */
function watchMemory(pid: () => number) {
  const rss = () => (measureProcess(pid())?.rssBytes ?? 0) / 1e6
  const cpu = () => measureProcess(pid())?.cpuSeconds ?? 0
  const first = { rss: rss(), cpu: cpu(), at: performance.now() }
  let last = first
  const samples: number[] = []
  const timer = setInterval(() => {
    samples.push(rss())
    last = { rss: rss(), cpu: cpu(), at: performance.now() }
  }, 1_000)
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  return {
    stop: () => clearInterval(timer),
    figures: (): Figure[] => [
      { what: 'memory of the API as all are connected', value: first.rss, unit: 'MB' },
      { what: '… mean of the first third', value: mean(samples.slice(0, samples.length / 3)), unit: 'MB' },
      {
        what: '… mean of the last third, before the kill',
        value: mean(samples.slice((-samples.length * 1) / 3)),
        unit: 'MB',
      },
      { what: '… most', value: Math.max(...samples), unit: 'MB' },
      { what: 'CPU of the API', value: ((last.cpu - first.cpu) / (last.at - first.at)) * 100_000, unit: '% of a core' },
    ],
  }
}
