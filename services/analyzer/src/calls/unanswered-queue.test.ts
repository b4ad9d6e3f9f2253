import { expect, test } from 'vitest'
import { createUnansweredQueue } from './unanswered-queue.ts'
import { offsets, work } from '../work/work.fixture.ts'
import { NEVER_UNANSWERED } from '../work/work.ts'

const waiting = (offset: number, group: string, notBefore = 0) =>
  work(offset, { group, unanswered: { ...NEVER_UNANSWERED, notBefore } })

test('batches come out as they went in, first come first served, and none before its time', () => {
  const queue = createUnansweredQueue()
  queue.push([waiting(1, 'a', 500)])
  queue.push([waiting(2, 'b'), waiting(3, 'b')])
  queue.push([waiting(4, 'c')])
  expect(queue.dueInMs(0)).toBe(0)
  expect(offsets(queue.take(0))).toEqual([2, 3])
  expect(offsets(queue.take(0))).toEqual([4])
  expect(queue.take(0)).toEqual([])
  expect(queue.dueInMs(100)).toBe(400)
  expect(offsets(queue.take(500))).toEqual([1])
  expect(queue.dueInMs(500)).toBeNull()
})

test('what is gone is forgotten', () => {
  const queue = createUnansweredQueue()
  queue.push([waiting(1, 'a'), waiting(2, 'a')])
  expect(offsets(queue.drop(({ record }) => record.offset === 1))).toEqual([1])
  expect(queue.size()).toBe(1)
})
