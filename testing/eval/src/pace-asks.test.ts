import { afterEach, describe, expect, test } from 'vitest'
import { scores } from './answered.fixture.ts'
import type { Asked, Batch } from './ask-batch.ts'
import { MAX_ATTEMPTS, paceAsks, type PacedAsks } from './pace-asks.ts'

const running: PacedAsks[] = []
afterEach(() => {
  for (const paced of running.splice(0)) paced.stop()
})

const batch: Batch = { conversations: [], seed: 1 }
const transient = (reason: string, retryAfterMs?: number): Asked => ({
  kind: 'transient',
  reason,
  detail: 'HTTP 503',
  retryAfterMs,
})

/** Answers with these, one after the other, then with scores; tells when it was asked. */
function against(replies: Asked[], { backoffMs = 1, ready = true } = {}) {
  const askedAt: number[] = []
  const paced = paceAsks(
    {
      ask: () => {
        askedAt.push(performance.now())
        return Promise.resolve(replies.shift() ?? scores(0))
      },
      untilReady: () => Promise.resolve(ready),
    },
    { perSecond: 500, concurrency: 10, backoffMs, url: 'http://grok/v1' },
  )
  running.push(paced)
  return { paced, askedAt }
}

describe('asking', () => {
  test('goes on when the provider answers again', async () => {
    const { paced, askedAt } = against([transient('unavailable'), { kind: 'held' }, transient('timeout')])
    expect(await paced.ask(batch)).toMatchObject({ kind: 'answered' })
    expect(askedAt).toHaveLength(4)
  })

  test('leaves one by one, never closer than the pace', async () => {
    const { paced, askedAt } = against([])
    await Promise.all(Array.from({ length: 20 }, () => paced.ask(batch)))
    // 19 intervals of 1100 / 500 ms, rounded up; timers may be a millisecond early
    expect((askedAt.at(-1) ?? 0) - (askedAt[0] ?? 0)).toBeGreaterThan(19 * 2)
  })

  test('stands still for all while one was refused, as long as the server wants, and goes on one by one', async () => {
    const { paced, askedAt } = against([transient('rate_limited', 150)])
    await Promise.all(Array.from({ length: 30 }, () => paced.ask(batch)))
    const gaps = askedAt.slice(1).map((at, i) => at - (askedAt[i] ?? 0))
    expect(askedAt).toHaveLength(31)
    // The first was refused, and nothing left before its time was over, although 30 were waiting.
    expect(gaps[0]).toBeGreaterThan(145)
    expect((askedAt.at(-1) ?? 0) - (askedAt[1] ?? 0)).toBeGreaterThan(29 * 2)
  })

  test('ends after its attempts, and says what was in the way', async () => {
    const { paced, askedAt } = against(Array.from({ length: 99 }, () => transient('unavailable')))
    await expect(paced.ask(batch)).rejects.toThrow(
      `no answer from http://grok/v1 in ${MAX_ATTEMPTS} attempts: unavailable, HTTP 503`,
    )
    expect(askedAt).toHaveLength(MAX_ATTEMPTS)
  })

  test('that did not leave is no attempt, but without a connection it ends', async () => {
    const held: Asked[] = Array.from({ length: 3 * MAX_ATTEMPTS }, () => ({ kind: 'held' }))
    expect(await against(held).paced.ask(batch)).toMatchObject({ kind: 'answered' })
    await expect(against([], { ready: false }).paced.ask(batch)).rejects.toThrow('no connection to http://grok/v1')
  })

  test('does not wait for hours', async () => {
    const { paced } = against([transient('rate_limited', 3_600_000)])
    await expect(paced.ask(batch)).rejects.toThrow('asks to wait 3600 s')
  })

  test('ends at once where nothing answers, but not when there was an answer before', async () => {
    await expect(against([transient('network')]).paced.ask(batch)).rejects.toThrow(
      'nothing can be asked at http://grok/v1',
    )
    const { paced } = against([scores(0), transient('network')])
    await paced.ask(batch)
    await expect(paced.ask(batch)).resolves.toMatchObject({ kind: 'answered' })
  })

  test.each([
    ['api_key', 'does not take the key (GROK_API_KEY)'],
    ['credits', 'has no credits left'],
    ['model', 'does not know the model (GROK_MODEL)'],
    ['redirected', 'redirects are not followed'],
    ['request', 'does not take the request'],
  ])('is not repeated when only a person can help: %s', async (reason, sentence) => {
    const { paced, askedAt } = against([{ kind: 'misconfigured', reason, detail: 'HTTP 400' }])
    await expect(paced.ask(batch)).rejects.toThrow(sentence)
    expect(askedAt).toHaveLength(1)
  })

  test('is over for all when it is stopped, waiting or not', async () => {
    const { paced, askedAt } = against([transient('unavailable')], { backoffMs: 60_000 })
    const asks = Promise.allSettled(Array.from({ length: 5 }, () => paced.ask(batch)))
    while (askedAt.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setImmediate(resolve))
    paced.stop()
    const before = askedAt.length
    const statuses = (await asks).map(({ status }) => status)
    expect(statuses.filter((status) => status === 'rejected').length).toBeGreaterThan(0)
    expect(askedAt).toHaveLength(before)
  })
})
