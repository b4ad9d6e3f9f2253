import { setTimeout as sleep } from 'node:timers/promises'
import type { Analyzers } from './run-analyzers.ts'

export interface Sighting {
  reason: string
  /**
   * Names of the analyzers that said so in `insights_analyzer_paused`, and those whose /readyz was 503 and named it.
   */
  metrics: Set<string>
  readyz: Set<string>
}

export interface PauseWatch {
  of(reason: string): Sighting
  [Symbol.asyncDispose](): Promise<void>
}

/** Asks every analyzer each second, as a scraper and a load balancer do, why it holds back work. */
export function watchPauses(analyzers: Analyzers): PauseWatch {
  const sightings = new Map<string, Sighting>()
  const ended = new AbortController()
  const of = (reason: string) => {
    const known = sightings.get(reason) ?? { reason, metrics: new Set<string>(), readyz: new Set<string>() }
    sightings.set(reason, known)
    return known
  }

  async function look(): Promise<void> {
    for (const { name, url } of analyzers.members()) {
      const metrics = await ask(`${url}/metrics`)
      const readyz = await ask(`${url}/readyz`)
      const reasons = metrics.text.matchAll(/^insights_analyzer_paused\{.*?reason="([^"]+)".*?\} 1$/gm)
      for (const [, reason = ''] of reasons) {
        of(reason).metrics.add(name)
        if (readyz.status === 503 && readyz.text.includes(reason)) of(reason).readyz.add(name)
      }
    }
  }

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      await look()
      await sleep(1_000, undefined, { signal: ended.signal }).catch(() => undefined)
    }
  }
  const running = run()

  return {
    of,
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await running
    },
  }
}

/** No answer counts as one that says nothing. */
async function ask(url: string): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return { status: response.status, text: await response.text() }
  } catch {
    return { status: 0, text: '' }
  }
}
