import { describe, expect, test } from 'vitest'
import { answerSchema, chatRequest, item, responseFormat } from './chat-request.fixture.ts'
import { readProtocol } from './read-protocol.ts'
import { readRequest } from './read-request.ts'

const items = [item('k7f', 'Where is my parcel?'), item('q2m', 'Thanks, all fine')]

function read(changes: Record<string, unknown>) {
  const parsed = readRequest(JSON.stringify(chatRequest(items, changes)))
  if (parsed.kind === 'refused') throw new Error(`the fixture itself is refused: ${JSON.stringify(parsed.body)}`)
  return readProtocol(parsed.request)
}

function turns(...messages: [string, string][]) {
  return { messages: messages.map(([role, content]) => ({ role, content })) }
}

function userTurn(items: unknown) {
  return turns(['system', 'judge'], ['user', JSON.stringify({ items })])
}

describe('readProtocol', () => {
  test('reads items, and the fields of a result in the order of the schema', () => {
    expect(read({})).toMatchObject({
      kind: 'read',
      items,
      fields: ['conversation_id', 'reasoning', 'sentiment_score', 'confidence', 'clusters'],
    })
    const schema = answerSchema(['k7f', 'q2m'])
    const { clusters, ...others } = schema.properties.results.items.properties
    schema.properties.results.items.properties = { clusters, ...others }
    expect(read({ response_format: responseFormat(schema) })).toMatchObject({
      fields: ['clusters', 'conversation_id', 'reasoning', 'sentiment_score', 'confidence'],
    })
  })

  test('takes aliases from the user turn when the format is json_object', () => {
    expect(read({ response_format: { type: 'json_object' } })).toMatchObject({ kind: 'read', items })
  })

  test('the order of the aliases in the enum does not matter', () => {
    expect(read({ response_format: responseFormat(answerSchema(['q2m', 'k7f'])) })).toMatchObject({ kind: 'read' })
  })

  const wrongCount = answerSchema(['k7f', 'q2m'])
  wrongCount.properties.results.maxItems = 3
  const noReasoning = answerSchema(['k7f', 'q2m'])
  Reflect.deleteProperty(noReasoning.properties.results.items.properties, 'reasoning')
  const message = { role: 'customer', text: 'hello' }

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no system turn', turns(['user', JSON.stringify({ items })]), /messages\[0\]/],
    ['an empty system turn', turns(['system', ' '], ['user', JSON.stringify({ items })]), /messages\[0\]/],
    ['no user turn', turns(['system', 'judge']), /messages\[1\]/],
    ['a turn too many', turns(['system', 'judge'], ['user', '{}'], ['user', '{}']), /messages\[1\]/],
    ['a user turn in prose', turns(['system', 'judge'], ['user', 'Items: []']), /one JSON document/],
    ['two JSON documents', turns(['system', 'judge'], ['user', '{"items":[]}{"items":[]}']), /one JSON document/],
    ['no items', userTurn([]), /wrong shape/],
    ['an item without messages', userTurn([{ id: 'a', messages: [] }]), /wrong shape/],
    ['an empty text', userTurn([{ id: 'a', messages: [{ role: 'customer', text: '' }] }]), /wrong shape/],
    ['an unknown role', userTurn([{ id: 'a', messages: [{ role: 'bot', text: 'x' }] }]), /wrong shape/],
    ['an author id in the prompt', userTurn([{ id: 'a', messages: [{ ...message, author_id: 'u1' }] }]), /author_id/],
    ['metadata in the prompt', userTurn([{ id: 'a', messages: [message], metadata: {} }]), /metadata/],
    ['one alias for two items', userTurn([items[0], items[0]]), /same id/],
    ['a zero-width space in a text', userTurn([items[0], item('q2m', 'pay\u200bment')]), /zero-width/],
    ['a tag character in a text', userTurn([items[0], item('q2m', 'hi \u{e0041}')]), /tag characters/],
    ['no response format', { response_format: undefined }, /response_format/],
    ['format text', { response_format: { type: 'text' } }, /response_format/],
    ['a schema that is not strict', { response_format: responseFormat(answerSchema(['k7f', 'q2m']), false) }, /strict/],
    [
      'an alias missing in the enum',
      { response_format: responseFormat(answerSchema(['k7f', 'k7f'])) },
      /must be the ids/,
    ],
    ['a stranger in the enum', { response_format: responseFormat(answerSchema(['k7f', 'zzz'])) }, /must be the ids/],
    ['maxItems unlike the items', { response_format: responseFormat(wrongCount) }, /maxItems 3/],
    ['fewer minItems and aliases', { response_format: responseFormat(answerSchema(['k7f'])) }, /minItems 1/],
    ['a schema without reasoning', { response_format: responseFormat(noReasoning) }, /reasoning/],
    ['no schema at all', { response_format: responseFormat(undefined) }, /answer schema/],
  ])('a client that sends %s is refused with the reason', (_name, changes, reason) => {
    expect(read(changes)).toMatchObject({
      kind: 'refused',
      status: 400,
      body: { code: 'invalid-argument', error: expect.stringMatching(reason) },
    })
  })
})
