import type { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('two registries live side by side, each with its own build', async () => {
  const [a, b] = [createMetrics({ service: 'a', version: '1' }), createMetrics({ service: 'b', version: '2' })]
  expect(await a.registry.metrics()).toContain(
    `insights_build_info{service="a",version="1",node="${process.version}"} 1`,
  )
  expect(await b.registry.metrics()).not.toContain('service="a"')
})

test('names that Prometheus keeps for counters belong to counters', async () => {
  const { registry } = createMetrics({ service: 'a', version: '1' })
  const types = (await registry.getMetricsAsJSON())
    .filter(({ name }) => name.endsWith('_total'))
    .map(({ type }) => type)
  expect(new Set(types)).toEqual(new Set(['counter']))
})

test('the event loop seems late when it was, and not by the sampling interval when it was not', async () => {
  const { registry } = createMetrics({ service: 'a', version: '1' })
  const blocked = async () => {
    const until = performance.now() + 300
    while (performance.now() < until);
    return (await delays(registry)).max
  }
  await expect.poll(blocked, { timeout: 4000 }).toBeGreaterThan(0.1)
  await expect.poll(async () => (await delays(registry)).min, { timeout: 4000 }).toBeLessThan(0.05)
})

async function delays(registry: Registry): Promise<Record<string, number>> {
  const text = await registry.metrics()
  const lines = [...text.matchAll(/^nodejs_eventloop_lag_(\w+)_seconds (\S+)$/gm)]
  expect(lines).toHaveLength(7)
  return Object.fromEntries(lines.map(([, name = '', value]) => [name, Number(value)]))
}
