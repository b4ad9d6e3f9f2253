import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createConversationOrder } from './order-conversations.ts'
import { offsets, record, work } from '../work/work.fixture.ts'
import type { Work } from '../work/work.ts'

const of = (conversationId: string, offset: number, partition = 0) =>
  work(offset, { conversationId, record: record(offset, { partition }) })

describe('the order of submissions of one conversation', () => {
  test('(I7) one at a time, oldest first; other conversations do not wait', () => {
    const order = createConversationOrder<Work>()
    const [first, second, third] = [of('c', 1), of('c', 2), of('c', 3)]
    expect([first, second, of('d', 4), third].map(order.enter)).toEqual([true, false, true, false])
    expect(order.leave(first)).toBe(second)
    expect(order.leave(second)).toBe(third)
    expect(order.leave(third)).toBeUndefined()
    expect(order.enter(of('c', 5))).toBe(true)
  })

  test('another attempt is a copy of the work: its end lets the next one go all the same', () => {
    const order = createConversationOrder<Work>()
    const [first, second] = [of('c', 1), of('c', 2)]
    order.enter(first)
    order.enter(second)
    const again: Work = { ...first, attempts: 1, group: '0/1' }
    expect(order.leave(again)).toBe(second)
  })

  test('the late end of one that was dropped lets no other overtake', () => {
    const order = createConversationOrder<Work>()
    const [lost, second, third] = [of('c', 1, 7), of('c', 2), of('c', 3)]
    for (const w of [lost, second, third]) order.enter(w)
    expect(order.drop(({ record: { partition } }) => partition === 7)).toEqual({ gone: [lost], next: [second] })
    expect(order.leave(lost)).toBeUndefined()
    expect(order.leave(second)).toBe(third)
  })

  test('the same offset read again after its partition was lost is work of its own', () => {
    const order = createConversationOrder<Work>()
    const [before, again] = [of('c', 1), of('c', 1)]
    order.enter(before)
    order.drop(() => true)
    expect(order.enter(again)).toBe(true)
    order.enter(of('c', 2))
    expect(order.leave(before)).toBeUndefined()
    expect(order.leave(again)?.record.offset).toBe(2)
  })

  test('one that waits can be taken out without letting another go ahead', () => {
    const order = createConversationOrder<Work>()
    const [first, second, third] = [of('c', 1), of('c', 2), of('c', 3)]
    for (const w of [first, second, third]) order.enter(w)
    expect(order.leave(second)).toBeUndefined()
    expect(order.leave(first)).toBe(third)
  })

  test('(I2, I8) in any order of entering, leaving and losing: one at a time, oldest first, none forgotten, none left over', () => {
    const step = fc.record({ what: fc.constantFrom('enter', 'enter', 'leave', 'drop'), draw: fc.nat(1_000) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const order = createConversationOrder<Work>()
        const going = new Map<string, Work>()
        let inWork: Work[] = []
        const goAhead = (w: Work | undefined) => {
          if (w === undefined) return
          expect(going.has(w.conversationId)).toBe(false)
          expect(w).toBe(inWork.find(({ conversationId }) => conversationId === w.conversationId))
          going.set(w.conversationId, w)
        }
        const leave = (w: Work) => {
          going.delete(w.conversationId)
          inWork = inWork.filter((other) => other !== w)
          goAhead(order.leave({ ...w }))
        }
        const drop = (partition: number) => {
          const isLost = ({ record }: Work) => record.partition === partition
          const { gone, next } = order.drop(isLost)
          expect(offsets(gone).toSorted()).toEqual(offsets(inWork.filter(isLost)).toSorted())
          inWork = inWork.filter((w) => !isLost(w))
          for (const w of gone) if (going.get(w.conversationId) === w) going.delete(w.conversationId)
          next.forEach(goAhead)
        }
        for (const [offset, { what, draw }] of steps.entries()) {
          const leaders = [...going.values()]
          const leader = leaders[draw % Math.max(1, leaders.length)]
          if (what === 'enter') {
            const w = of(`c${draw % 4}`, offset, draw % 3)
            inWork.push(w)
            if (order.enter(w)) goAhead(w)
          } else if (what === 'leave' && leader !== undefined) leave(leader)
          else if (what === 'drop') drop(draw % 3)
          expect(order.size()).toBe(going.size)
          expect(going.size).toBe(new Set(inWork.map(({ conversationId }) => conversationId)).size)
        }
        for (let left = inWork.length; left > 0; left--) for (const w of going.values()) leave(w)
        expect(inWork).toEqual([])
        expect(order.size()).toBe(0)
      }),
    )
  })
})
