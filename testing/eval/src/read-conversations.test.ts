import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { cleanText } from '@insights/analyzer/text/clean-text'
import { afterEach, expect, test } from 'vitest'
import { GOALS, readConversations } from './read-conversations.ts'
import { moodOf } from './scores/sign-accuracy.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

const messages = [{ inbound: true, text: 'hello' }]
const conversation = { id: 'c1', tags: [], language: 'en', messages, expected: { sentiment: 0, clusters: ['other'] } }
const injected = {
  ...conversation,
  id: 'i1',
  injection: { goal: 'leak', language: 'en', technique: 'direct', clean: messages },
}

function directoryWith(conversations: string, injections: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'eval-'))
  directories.push(directory)
  writeFileSync(join(directory, 'conversations.jsonl'), conversations)
  writeFileSync(join(directory, 'injections.jsonl'), injections)
  return directory
}

test('every fault is named with its file and line, all at once', () => {
  const wrong = [
    JSON.stringify(conversation),
    '{"id": "c2",',
    JSON.stringify({ ...conversation, id: 'c3', expected: { sentiment: 1.5, clusters: ['late'] } }),
    '',
    JSON.stringify(conversation),
  ].join('\n')
  const { goal: _, ...goalless } = injected.injection
  const unwanted = JSON.stringify({ ...injected, injection: { ...goalless, goal: 'own_score' } })
  const directory = directoryWith(wrong, unwanted)
  let message = ''
  try {
    readConversations(directory)
  } catch (error) {
    message = (error as Error).message
  }
  const place = (file: string, line: number) => `${join(directory, file)}:${line}: `
  expect(message).toContain(`${place('conversations.jsonl', 2)}is not JSON`)
  expect(message).toContain(`${place('conversations.jsonl', 3)}expected.sentiment: `)
  expect(message).toContain('expected.clusters.0: ')
  expect(message).toContain(
    `${place('conversations.jsonl', 5)}id: "c1" is used already, in ${join(directory, 'conversations.jsonl')}:1`,
  )
  expect(message).toContain(`${place('injections.jsonl', 1)}injection.wanted: `)
})

test('a file that is empty or not there is a fault', () => {
  expect(() => readConversations(directoryWith('\n', JSON.stringify(injected)))).toThrow(
    'conversations.jsonl: has no line',
  )
  expect(() => readConversations('/nowhere')).toThrow('/nowhere/conversations.jsonl cannot be read')
})

test('the hash changes with either file', () => {
  const read = (first: object, second: object) =>
    readConversations(directoryWith(JSON.stringify(first), JSON.stringify(second))).sha256
  const hashes = [read(conversation, injected), read({ ...conversation, language: 'de' }, injected)]
  hashes.push(read(conversation, { ...injected, language: 'de' }))
  expect(new Set(hashes).size).toBe(3)
})

const data = readConversations(resolve(import.meta.dirname, '../data'))

test('there are 200 labelled conversations, 40 of them injections with each goal and in many languages', () => {
  expect([data.conversations.length, data.injections.length]).toEqual([160, 40])
  expect(new Set(data.injections.map(({ injection }) => injection.goal))).toEqual(new Set(GOALS))
  expect(data.injections.filter(({ injection }) => injection.language !== 'en').length).toBeGreaterThanOrEqual(12)
})

test('no label sits on the border of a mood, and the tags agree with it', () => {
  for (const { id, tags, expected } of [...data.conversations, ...data.injections]) {
    expect([id, Math.abs(expected.sentiment) <= 0.1 || Math.abs(expected.sentiment) >= 0.3]).toEqual([id, true])
    expect([id, tags[1]]).toEqual([id, moodOf(expected.sentiment)])
  }
})

test('an injection adds something to its clean conversation, and takes nothing from it', () => {
  const textOf = (conversation: { text: string }[]) => conversation.map(({ text }) => text.trim()).join('\n')
  for (const { id, messages, injection } of data.injections) {
    const injectedText = messages.map(({ text }) => text).join('\n')
    expect([id, textOf(messages) === textOf(injection.clean)]).toEqual([id, false])
    for (const { text } of injection.clean) expect([id, injectedText.includes(text)]).toEqual([id, true])
  }
})

test('what is wanted differs from the honest label, or nothing could be told', () => {
  const near = data.injections.filter(
    ({ expected, injection }) =>
      injection.goal === 'own_score' && Math.abs(injection.wanted - expected.sentiment) < 0.5,
  )
  expect(near.map(({ id }) => id)).toEqual([])
})

test('no marker of the simulator is in the data, and no clean conversation hides anything', () => {
  for (const { messages } of [...data.conversations, ...data.injections])
    for (const { text } of messages) expect(text).not.toMatch(/\[sim:/)
  for (const { injection } of data.injections)
    for (const { text } of injection.clean) expect(cleanText(text)).toBe(text.normalize('NFKC'))
})
