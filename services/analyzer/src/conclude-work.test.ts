import { describe, expect, test } from 'vitest'
import { createConcluder } from './conclude-work.ts'
import { lease, offsets, work } from './work.fixture.ts'

function create() {
  const steps: string[] = []
  const acknowledgement = Promise.withResolvers<boolean>()
  const concluder = createConcluder({
    publishAll: () => acknowledgement.promise,
    settle: ({ epoch }, places) => void steps.push(`settle ${places.map((p) => p.offset).join()} of ${epoch}`),
    leaveRoom: (done) => void steps.push(`leave ${offsets(done.map((d) => ({ ...work(0), ...d }))).join()}`),
    onCrash: (error) => void steps.push(`crash ${String(error)}`),
  })
  return { steps, acknowledgement, ...concluder }
}

describe('the end of the way', () => {
  test('(I5) nothing is settled before the broker has acknowledged it, and a stop can wait for that', async () => {
    const { steps, acknowledgement, conclude, concluded } = create()
    void conclude([], [work(1, { lease: lease(1) }), work(2, { lease: lease(2) })])
    let waited = false
    const waiting = concluded().then(() => (waited = true))
    await new Promise(setImmediate)
    expect([steps, waited]).toEqual([[], false])
    acknowledgement.resolve(true)
    await waiting
    expect(steps).toEqual(['leave 1,2', 'settle 1 of 1', 'settle 2 of 2'])
  })

  test('(I5) what was not acknowledged before the stop is not settled', async () => {
    const { steps, acknowledgement, conclude } = create()
    acknowledgement.resolve(false)
    await conclude([], [work(1)])
    expect(steps).toEqual(['leave 1'])
  })

  test('(I9) an unknown error crashes and settles nothing', async () => {
    const { steps, acknowledgement, conclude } = create()
    acknowledgement.reject(new Error('odd'))
    await conclude([], [work(1)])
    expect(steps).toEqual(['crash Error: odd'])
  })
})
