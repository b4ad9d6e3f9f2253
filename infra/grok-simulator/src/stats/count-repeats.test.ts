import fc from 'fast-check'
import { expect, test } from 'vitest'
import { item } from '../requests/chat-request.fixture.ts'
import { countRepeats } from './count-repeats.ts'

const all = () => true
const none = () => false
const conversation = (n: number, alias = 'a') => item(alias, `My order ${n} is late`)

test('a conversation whose call was taken is a repeat, under whatever alias it comes again', () => {
  const repeats = countRepeats()
  repeats.sent([conversation(1), conversation(2)], none)
  repeats.sent([conversation(2, 'b'), conversation(3)], none)
  expect(repeats.counts()).toEqual({ distinct_items: 3, repeated_items: 1, repeated_after_fault: 0 })
})

test('a conversation that only failed calls carried is a legitimate repeat, also the third time', () => {
  const repeats = countRepeats()
  repeats.sent([conversation(1)], all)
  repeats.sent([conversation(1)], all)
  repeats.sent([conversation(1)], none)
  expect(repeats.counts()).toEqual({ distinct_items: 1, repeated_items: 0, repeated_after_fault: 2 })
  repeats.sent([conversation(1)], all)
  expect(repeats.counts()).toMatchObject({ repeated_items: 1, repeated_after_fault: 2 })
})

test('two of the same in one call are no repeat: they are two customers who wrote the same', () => {
  const repeats = countRepeats()
  repeats.sent([conversation(1, 'a'), conversation(1, 'b')], none)
  expect(repeats.counts()).toEqual({ distinct_items: 1, repeated_items: 0, repeated_after_fault: 0 })
})

test('of a partly good answer, only the items without a result that can be used were carried in vain', () => {
  const repeats = countRepeats()
  repeats.sent([conversation(1), conversation(2), conversation(3)], (place) => place === 1)
  repeats.sent([conversation(3), conversation(2)], none)
  expect(repeats.counts()).toEqual({ distinct_items: 3, repeated_items: 1, repeated_after_fault: 1 })
})

test('any order of calls is counted as by hand', () => {
  const calls = fc.array(
    fc.uniqueArray(fc.tuple(fc.nat(8), fc.boolean()), { minLength: 1, maxLength: 5, selector: ([n]) => n }),
  )
  fc.assert(
    fc.property(calls, (sent) => {
      const repeats = countRepeats()
      let [taken, failed] = [0, 0]
      const fates = new Map<number, boolean[]>()
      for (const call of sent) {
        repeats.sent(
          call.map(([n]) => conversation(n)),
          (place) => call[place]?.[1] ?? false,
        )
        for (const [n, inVain] of call) {
          const before = fates.get(n) ?? []
          if (before.includes(false)) taken += 1
          else if (before.length > 0) failed += 1
          fates.set(n, [...before, inVain])
        }
      }
      const counts = { distinct_items: fates.size, repeated_items: taken, repeated_after_fault: failed }
      expect(repeats.counts()).toEqual(counts)
    }),
  )
})
