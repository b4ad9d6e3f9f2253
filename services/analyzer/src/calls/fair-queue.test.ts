import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFairQueue } from './fair-queue.ts'

interface Item {
  group: number
  n: number
}
const create = () => createFairQueue<Item>(({ group }) => group)
const at = (group: number, n: number): Item => ({ group, n })

describe('turns between partitions', () => {
  test('a partition with a long backlog does not stand before the others', () => {
    const queue = create()
    for (let n = 0; n < 100; n++) queue.push(at(0, n))
    queue.push(at(1, 100))
    queue.push(at(2, 101))
    expect([1, 2, 3, 4, 5].map(() => queue.shift()?.n)).toEqual([0, 100, 101, 1, 2])
    expect(queue.size()).toBe(97)
  })

  test('the first of each group is seen, and peek shows what shift gives', () => {
    const queue = create()
    expect([queue.peek(), queue.shift(), queue.heads(), queue.size()]).toEqual([undefined, undefined, [], 0])
    for (const item of [at(3, 0), at(3, 1), at(5, 2)]) queue.push(item)
    expect(queue.heads()).toEqual([at(3, 0), at(5, 2)])
    expect(queue.peek()).toEqual(queue.shift())
    expect(queue.heads()).toEqual([at(5, 2), at(3, 1)])
  })

  test('what is gone is taken out in the midst, and a group that is left empty has no turn', () => {
    const queue = create()
    for (const item of [at(0, 0), at(1, 1), at(1, 2), at(2, 3), at(2, 4)]) queue.push(item)
    queue.shift()
    expect(queue.drop(({ group, n }) => group === 1 || n === 3)).toEqual([at(1, 1), at(1, 2), at(2, 3)])
    expect([queue.size(), queue.shift(), queue.shift()]).toEqual([1, at(2, 4), undefined])
  })

  test('(I8) a backlog that never empties keeps its order', () => {
    const queue = create()
    const seen: number[] = []
    queue.push(at(0, 0))
    for (let n = 1; n < 3_000; n++) {
      queue.push(at(0, n))
      seen.push((queue.shift() as Item).n)
    }
    expect(seen).toEqual(Array.from({ length: 2_999 }, (_, i) => i))
    expect(queue.size()).toBe(1)
  })

  test('whatever comes and goes: each once, in order within its group, and no group has two turns before a waiting one', () => {
    const steps = fc.array(fc.oneof(fc.nat(3), fc.constant('shift' as const), fc.constant('drop' as const)))
    const isGone = ({ n }: Item) => n % 3 === 0
    fc.assert(
      fc.property(steps, (all) => {
        const queue = create()
        let waiting: Item[] = []
        /** By group that waits: who had a turn meanwhile. */
        const passedBy = new Map<number, Set<number>>()
        const turns: { got: Item | undefined; first: Item | undefined; unfairTo: number[] }[] = []
        const remove = (gone: readonly (Item | undefined)[]) => {
          waiting = waiting.filter((item) => !gone.includes(item))
          for (const group of passedBy.keys()) if (!waiting.some((item) => item.group === group)) passedBy.delete(group)
        }
        const shift = () => {
          const got = queue.shift()
          const first = waiting.find(({ group }) => group === (got?.group ?? group))
          remove([got])
          passedBy.delete(got?.group ?? -1)
          const unfairTo = [...passedBy].filter(([, passed]) => passed.has(got?.group ?? -1)).map(([group]) => group)
          turns.push({ got, first, unfairTo })
          for (const { group } of waiting)
            if (got !== undefined && group !== got.group)
              passedBy.set(group, (passedBy.get(group) ?? new Set()).add(got.group))
        }
        all.forEach((step, n) => {
          if (step === 'drop') remove(queue.drop(isGone))
          else if (step === 'shift') shift()
          else {
            const item = at(step, n)
            queue.push(item)
            waiting.push(item)
          }
          expect(queue.size()).toBe(waiting.length)
        })
        expect(turns).toEqual(turns.map(({ first }) => ({ got: first, first, unfairTo: [] })))
        remove(queue.drop(isGone))
        expect(waiting.some(isGone)).toBe(false)
      }),
    )
  })
})
