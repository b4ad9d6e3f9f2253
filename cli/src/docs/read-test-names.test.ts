import { expect, test } from 'vitest'
import { readTestNames } from './read-test-names.ts'

test('names of tests and groups, with every quote, over lines and after each', () => {
  const mark = (invariants: string) => `(${invariants})`
  const source = [
    `test('${mark('I2')} nothing is lost', () => {})`,
    `describe("an answer's ids ${mark('I4, I6')}", () => {})`,
    `test.each([1, 2])(\n    \`a stop of %s s ${mark('I3')}: no slot\`,\n () => {})`,
    `test('it\\'s two ${mark('I1')} of ${mark('I5')}', () => {})`,
    `test('no invariant', () => call('${mark('I9')}'))`,
  ].join('\n')
  expect(readTestNames(source)).toEqual([
    { name: 'nothing is lost', invariants: ['I2'] },
    { name: "an answer's ids", invariants: ['I4', 'I6'] },
    { name: 'a stop of %s s: no slot', invariants: ['I3'] },
    { name: "it's two of", invariants: ['I1', 'I5'] },
  ])
})
