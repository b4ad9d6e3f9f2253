import { expect, test } from 'vitest'
import { toTimeline, type Passed } from './to-timeline.ts'

const nothing: Passed = {
  received_at: null,
  started_at: null,
  occurred_at: null,
  insight: null,
  failure: null,
  started_attempt: null,
  again: null,
}

test('when people talked is a stage only where messages tell it', () => {
  const received_at = '2026-01-01T00:00:00.000Z'
  expect(toTimeline({ ...nothing, received_at, occurred_at: received_at })).toEqual([
    { stage: 'received', at: received_at },
  ])
})

test('an outcome of an earlier submission is said to be that, and stands before what came later', () => {
  const passed: Passed = {
    ...nothing,
    received_at: '2026-01-02T00:00:00.000Z',
    insight: { created_at: '2026-01-01T00:00:00.000Z', model: 'grok-4.3', is_of_newest_submission: false },
    failure: { failed_at: '2026-01-02T00:00:00.000Z', class: 'expired', is_of_newest_submission: true },
  }
  expect(toTimeline(passed)).toEqual([
    { stage: 'completed', at: '2026-01-01T00:00:00.000Z', detail: 'by grok-4.3, of an earlier submission' },
    { stage: 'received', at: '2026-01-02T00:00:00.000Z' },
    { stage: 'failed', at: '2026-01-02T00:00:00.000Z', detail: 'expired' },
  ])
})
