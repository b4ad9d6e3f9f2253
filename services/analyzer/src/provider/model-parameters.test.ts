import { expect, test } from 'vitest'
import { effortFor } from './model-parameters.ts'

test.each([
  ['grok-4.3', undefined, 'none'],
  ['grok-4.3-latest', 'xhigh', 'high'],
  ['grok-4.3', 'medium', 'medium'],
  ['grok-4.20-0309-reasoning', 'high', undefined],
  ['grok-4.5', undefined, 'low'],
  ['grok-4.6', 'xhigh', 'xhigh'],
  ['some-other-model', undefined, undefined],
  ['some-other-model', 'low', 'low'],
] as const)('%s asked with effort %s gets %s', (model, wish, effort) => {
  expect(effortFor(model, wish)).toBe(effort)
})
