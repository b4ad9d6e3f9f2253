import { expect, test } from 'vitest'
import { tableHeader, tableRow } from './print-table.ts'

const insight = {
  conversation_id: 'demo-1',
  sentiment_score: -0.6,
  confidence: 0.8,
  clusters: ['billing', 'refund'],
  reasoning: 'Angry about a double charge.',
  model: 'simulator',
}

test('a row lines up under the header', () => {
  const [, rule] = tableHeader().split('\n')
  expect(tableRow({ ...insight, reasoning: 'x'.repeat(200) })).toHaveLength(rule?.length ?? 0)
})

test("a model's text cannot drive the terminal", () => {
  const row = tableRow({ ...insight, reasoning: 'a\u001b[2Jb\u202ec\nd', clusters: ['\u0007bell'] })
  expect(row).not.toMatch(/\p{C}/u)
})

test('mood is drawn on its side of the middle', () => {
  expect(tableRow({ ...insight, sentiment_score: -1 })).toContain('███│···')
  expect(tableRow({ ...insight, sentiment_score: 0 })).toContain('···│···')
  expect(tableRow({ ...insight, sentiment_score: 1 })).toContain('···│███')
})
