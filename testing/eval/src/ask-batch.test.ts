import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readConfig } from '@insights/runtime/config/read-config'
import { afterEach, describe, expect, test } from 'vitest'
import { createAsker, type Answered, type Batch } from './ask-batch.ts'
import { variables } from './config.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

interface Document {
  items: { id: string; messages: { text: string }[] }[]
}

/**
 * A server that scores each item by the number in its text, leaves out what says `leave out`, and charges nothing it
 * names.
 */
async function start({
  usage = { prompt_tokens: 1_000, completion_tokens: 100 } as object | null,
  OUTBOUND_RPS = '10',
} = {}) {
  const documents: Document[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { messages } = JSON.parse(body) as { messages: [unknown, { content: string }] }
    const document = JSON.parse(messages[1].content) as Document
    documents.push(document)
    const results = document.items
      .map(({ id, messages: [first] }) => ({ id, text: first?.text ?? '' }))
      .filter(({ text }) => !text.includes('leave out'))
      .map(({ id, text }) => ({
        conversation_id: id,
        reasoning: 'A reason.',
        sentiment_score: Number(/-?\d\.\d/.exec(text)?.[0]),
        confidence: 0.9,
        clusters: ['refund'],
      }))
    const choices = [{ finish_reason: 'stop', message: { content: JSON.stringify({ results }) } }]
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ model: 'some-model', choices, usage }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const env = { GROK_API_KEY: 'key', GROK_BASE_URL: `http://127.0.0.1:${port}/v1`, OUTBOUND_RPS }
  const asker = createAsker(readConfig(variables, env), 'off')
  cleanups.push(async () => {
    await asker.close()
    await new Promise((resolve) => server.close(resolve))
  })
  const ask = async (batch: Batch): Promise<Answered> => {
    await asker.untilReady()
    const asked = await asker.ask(batch)
    if (asked.kind !== 'answered') throw new Error(JSON.stringify(asked))
    return asked
  }
  return { asker, ask, documents }
}

const conversation = (text: string) => ({ messages: [{ inbound: true, text }] })
const conversations = ['0.1', '-0.5', '0.9', '0.7'].map((score) => conversation(`I am ${score}`))
const textsOf = ({ items }: Document) => items.map(({ messages: [first] }) => first?.text)

describe('a batch', () => {
  test('is answered in its own order, whatever the order in the document', async () => {
    const { ask, documents } = await start()
    const { items, texts, aliases, model } = await ask({ conversations, seed: 1 })
    expect(items.map((item) => item.kind === 'accepted' && item.score)).toEqual([0.1, -0.5, 0.9, 0.7])
    expect(texts).toEqual(['I am 0.1', 'I am -0.5', 'I am 0.9', 'I am 0.7'])
    expect(documents[0]?.items.map(({ id }) => id).toSorted()).toEqual(aliases.toSorted())
    expect(model).toBe('some-model')
  })

  test('differs with the seed, and only in its texts without', async () => {
    const { ask, documents } = await start()
    const others = [conversation('I am another of 0.3'), ...conversations.slice(1)]
    await ask({ conversations, seed: 1 })
    await ask({ conversations: others, seed: 1 })
    await ask({ conversations, seed: 2 })
    const [ids, same, different] = documents.map(({ items }) => items.map(({ id }) => id))
    expect(same).toEqual(ids)
    expect(different).not.toEqual(ids)
  })

  test('has its first conversation at the place that is wanted, and the others as they were', async () => {
    const { ask, documents } = await start()
    for (const place of [0, 1, 2, 3]) await ask({ conversations, seed: 7, place })
    expect(documents.map((document) => textsOf(document).indexOf('I am 0.1'))).toEqual([0, 1, 2, 3])
    const others = documents.map((document) => textsOf(document).filter((text) => text !== 'I am 0.1'))
    expect(others).toEqual([others[0], others[0], others[0], others[0]])
    expect(
      new Set(documents.map(({ items }) => JSON.stringify(items.toSorted((a, b) => (a.id < b.id ? -1 : 1))))).size,
    ).toBe(1)
  })

  test('says what is missing, and takes a price that is not told from the list', async () => {
    const { ask } = await start()
    const { items, usage, verdict } = await ask({
      conversations: [conversation('leave out'), conversation('I am 0.4')],
      seed: 1,
    })
    expect([verdict, ...items.map(({ kind }) => kind)]).toEqual(['ok', 'missing', 'accepted'])
    // grok-4.3: 1.25 and 2.50 dollars a million tokens; 10^10 ticks a dollar
    expect(usage?.cost_usd_ticks).toBe(1_000 * 12_500 + 100 * 25_000)
  })

  test('costs an unknown sum where no usage is told', async () => {
    const { ask } = await start({ usage: null })
    expect((await ask({ conversations, seed: 1 })).usage).toBeNull()
  })
})

test('(I3) what would be above OUTBOUND_RPS does not leave, no matter what asks for it', async () => {
  const { asker, documents } = await start({ OUTBOUND_RPS: '3' })
  await asker.untilReady()
  const kinds: string[] = []
  for (let i = 0; i < 5; i++) kinds.push((await asker.ask({ conversations, seed: i })).kind)
  expect(kinds).toEqual(['answered', 'answered', 'answered', 'held', 'held'])
  expect(documents).toHaveLength(3)
})

test('once closed nothing is waited for', async () => {
  const { asker } = await start()
  await asker.close()
  expect(await asker.untilReady()).toBe(false)
  expect(await asker.ask({ conversations, seed: 1 })).toEqual({ kind: 'held' })
})
