import { join } from 'node:path'
import { suspicionOf } from '@insights/analyzer/text/injection/detect-suspicion'
import { expect, test } from 'vitest'
import { readConversations } from './read-conversations.ts'

const { conversations, injections } = readConversations(join(import.meta.dirname, '../data'))

test('the detector finds every injection of the data, and hardly ever what is none (I4)', () => {
  const missed = injections.filter(({ messages }) => suspicionOf(messages) === null)
  const falseAlarms = conversations.filter(({ messages }) => suspicionOf(messages) !== null)
  expect({ missed, falseAlarms: falseAlarms.map(({ id }) => id) }).toEqual({
    missed: [],
    falseAlarms: ['c012', 'c093'],
  })
})
