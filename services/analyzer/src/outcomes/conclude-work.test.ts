import { describe, expect, test } from 'vitest'
import { createConcluder } from './conclude-work.ts'
import type { InWork } from '../work/work.ts'
import { owned, work } from '../work/work.fixture.ts'

function create() {
  const steps: string[] = []
  const acknowledgement = Promise.withResolvers<boolean>()
  const concluder = createConcluder<InWork>({
    publishAll: () => acknowledgement.promise,
    settle: (places) => void steps.push(`settle ${places.map((p) => `${p.owned.partition}:${p.offset}`).join()}`),
    leave: (done) => void steps.push(`leave ${done.map(({ record }) => record.offset).join()}`),
    onCrash: (error) => void steps.push(`crash ${String(error)}`),
  })
  return { steps, acknowledgement, ...concluder }
}

describe('the end of the way', () => {
  test('(I5) nothing is settled before the broker has acknowledged it, and a stop can wait for that', async () => {
    const { steps, acknowledgement, conclude, concluded } = create()
    void conclude([], [work(1, { owned: owned(3) }), work(2, { owned: owned(5) })])
    let waited = false
    const waiting = concluded().then(() => (waited = true))
    await new Promise(setImmediate)
    expect([steps, waited]).toEqual([[], false])
    acknowledgement.resolve(true)
    await waiting
    expect(steps).toEqual(['settle 3:1,5:2', 'leave 1,2'])
  })

  test('(I5) what was not acknowledged before the stop is not settled', async () => {
    const { steps, acknowledgement, conclude } = create()
    acknowledgement.resolve(false)
    await conclude([], [work(1)])
    expect(steps).toEqual(['leave 1'])
  })

  test('(I9) an unknown error crashes and settles nothing', async () => {
    const { steps, acknowledgement, conclude, concluded } = create()
    acknowledgement.reject(new Error('odd'))
    await conclude([], [work(1)])
    await concluded()
    expect(steps).toEqual(['crash Error: odd'])
  })

  test('what the end of one lets go ahead is waited for too', async () => {
    const steps: string[] = []
    const { conclude, concluded } = createConcluder<InWork>({
      publishAll: async () => true,
      settle: ([place]) => void steps.push(`settle ${place?.offset}`),
      leave: ([first]) => {
        if (first?.record.offset === 1) void conclude([], [work(2)])
      },
      onCrash: (error) => void steps.push(String(error)),
    })
    void conclude([], [work(1)])
    await concluded()
    expect(steps).toEqual(['settle 1', 'settle 2'])
  })
})
