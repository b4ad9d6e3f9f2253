import { expect, test } from 'vitest'
import { createWakeUp } from './wake-up.ts'

test('changes of one turn wake once, after all of them; a change of the wake-up itself wakes again', async () => {
  const seen: number[] = []
  let changes = 0
  const { changed, start } = createWakeUp()
  const change = () => {
    changes++
    changed()
  }
  start(() => {
    seen.push(changes)
    if (changes === 3) change()
  })
  for (let i = 0; i < 3; i++) change()
  expect(seen).toEqual([])
  await new Promise(setImmediate)
  expect(seen).toEqual([3, 4])
})

test('a change before anything waits is no fault', async () => {
  const { changed, start } = createWakeUp()
  changed()
  await new Promise(setImmediate)
  let woken = 0
  start(() => woken++)
  changed()
  await new Promise(setImmediate)
  expect(woken).toBe(1)
})
