import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client'

export interface Metrics {
  registry: Registry
}

/**
 * A registry of its own (nothing global, so that a test can have several) with prom-client's metrics of the process and
 * `insights_build_info`. All names pass `promtool check metrics`.
 */
export function createMetrics(options: { service: string; version: string }): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS })
  for (const name of [...MISNAMED, ...DELAYS.map(([name]) => name)]) registry.removeSingleMetric(name)
  measureEventLoopDelay(registry)
  new Gauge({
    name: 'insights_build_info',
    help: 'Always 1; the labels say which build of which service runs on which Node.js.',
    labelNames: ['service', 'version', 'node'],
    registers: [registry],
  }).set({ service: options.service, version: options.version, node: process.version }, 1)
  return { registry }
}

// Gauges whose names end in `_total`, which Prometheus keeps for counters.
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

// prom-client samples the event loop every 10 ms, which costs an idle process 0.7 % of a core, and reports the interval
// between samples, so that an idle loop seems 10 ms late. Its sampler cannot be switched off, only never fire.
const NEVER_MS = 2 ** 31 - 1

// Ten samples a second cost 0.1 % of a core and still catch every delay that people or heartbeats would notice.
const SAMPLE_MS = 100

type Delays = ReturnType<typeof monitorEventLoopDelay>

const DELAYS: [name: string, what: string, seconds: (delays: Delays) => number][] = [
  ['nodejs_eventloop_lag_min_seconds', 'Least', (delays) => late(delays.min)],
  ['nodejs_eventloop_lag_max_seconds', 'Longest', (delays) => late(delays.max)],
  ['nodejs_eventloop_lag_mean_seconds', 'Mean', (delays) => late(delays.mean)],
  ['nodejs_eventloop_lag_stddev_seconds', 'Standard deviation of the', (delays) => delays.stddev / 1e9],
  ['nodejs_eventloop_lag_p50_seconds', 'Median', (delays) => late(delays.percentile(50))],
  ['nodejs_eventloop_lag_p90_seconds', '90th percentile of the', (delays) => late(delays.percentile(90))],
  ['nodejs_eventloop_lag_p99_seconds', '99th percentile of the', (delays) => late(delays.percentile(99))],
]

// The histogram holds the time from one sample to the next, in ns.
function late(intervalNs: number): number {
  return Math.max(0, intervalNs / 1e9 - SAMPLE_MS / 1e3)
}

function measureEventLoopDelay(registry: Registry): void {
  const delays = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  delays.enable()
  const gauges = DELAYS.map(([name, what, seconds], index) => {
    const help = `${what} delay of the event loop since the last scrape, in seconds.`
    // The first one collected reads for all of them, so that they speak of the same samples.
    const collect = index === 0 ? { collect: readAll } : {}
    return { gauge: new Gauge({ name, help, registers: [registry], ...collect }), seconds }
  })
  function readAll(): void {
    if (delays.count === 0) return // scraped twice within a sample: what was said still holds
    for (const { gauge, seconds } of gauges) gauge.set(seconds(delays))
    delays.reset()
  }
}
