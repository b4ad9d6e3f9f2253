import { expect, test } from 'vitest'
import { ItemAnswer } from './answer-schema.ts'
import { SYSTEM_PROMPT } from './system-prompt.ts'

test('the system prompt explains every field that the answer schema asks for, in its order, and shows it', () => {
  const fields = Object.keys(ItemAnswer.shape)
  expect([...SYSTEM_PROMPT.matchAll(/^- "(\w+)":/gm)].map(([, field]) => field)).toEqual(fields)
  const shown = /\{"results":\[\{(.*)\}\]\}/.exec(SYSTEM_PROMPT)?.[1] ?? ''
  expect([...shown.matchAll(/"(\w+)":/g)].map(([, field]) => field)).toEqual(fields)
})
