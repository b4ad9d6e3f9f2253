import avsc from 'avsc'
import { expect, test } from 'vitest'
import { compileWriter, type Read } from './compile-writer.ts'
import { goodExamples } from '../events/examples.ts'
import { topics, type AvroRecord } from '../topics.ts'

const forSchema = (schema: unknown) => avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0])
const reader = forSchema(topics.conversationsReceived.avro)
const event = goodExamples('conversationsReceived').find((example) => example.name === 'typical')?.value

/** Our schema, changed as another program or another version might have it. */
function writerWith(change: (avro: AvroRecord) => void): avsc.Type {
  const avro = structuredClone<AvroRecord>(topics.conversationsReceived.avro)
  change(avro)
  return forSchema(avro)
}

function read(writer: avsc.Type, payload: Buffer): Read {
  const compiled = compileWriter(reader, writer)
  return 'unreadable' in compiled ? { fault: compiled.unreadable } : compiled.read(payload)
}

test('a field that a newer writer has added is passed over', () => {
  const writer = writerWith((avro) => avro.fields.unshift({ name: 'region', type: 'string', doc: 'Where' }))
  expect(read(writer, writer.toBuffer({ ...event, region: 'eu' }))).toEqual({ value: event })
})

test('a field that the writer lacks gets our default', () => {
  const writer = writerWith((avro) => avro.fields.splice(2, 1))
  expect(read(writer, writer.toBuffer(event))).toEqual({ value: { ...event, metadata: '{}' } })
})

test('a field without a default that the writer lacks makes all of its records unreadable', () => {
  const writer = writerWith((avro) => avro.fields.splice(3, 1))
  expect(read(writer, writer.toBuffer(event))).toEqual({ fault: expect.stringContaining('source') as string })
})

test('another namespace is the same event, another name is not (Avro compares unqualified names)', () => {
  const elsewhere = writerWith((avro) => (avro.namespace = 'com.example.desk'))
  expect(read(elsewhere, elsewhere.toBuffer(event))).toEqual({ value: event })
  const other = writerWith((avro) => (avro.name = 'TicketClosed'))
  expect(read(other, other.toBuffer(event))).toEqual({ fault: expect.stringContaining('TicketClosed') as string })
})

test('a schema that could be used to exhaust the memory makes its records unreadable', () => {
  const nothing = { type: 'array', items: { type: 'record', name: 'Nothing', fields: [] } }
  const writer = writerWith((avro) => avro.fields.push({ name: 'padding', type: nothing, doc: '' }))
  expect(read(writer, Buffer.alloc(8))).toEqual({ fault: 'the schema has an array whose items take no bytes' })
})

test('a long beyond what a number can hold is a fault of the record', () => {
  const one = forSchema({ type: 'record', name: 'One', fields: [{ name: 'n', type: 'long' }] })
  const compiled = compileWriter(one, one)
  const bytes = Buffer.from('feffffffffffffffff01', 'hex') // 2^63 - 1
  expect('read' in compiled && compiled.read(bytes)).toEqual({ fault: 'potential precision loss' })
})

test('(I4) a string that is not UTF-8 is a fault: two ids that differ in such a byte became one conversation', () => {
  const writer = writerWith(() => undefined)
  const good = writer.toBuffer({ ...event, conversation_id: 'ticket-X' })
  const bad = Buffer.from(good)
  bad[bad.indexOf('ticket-X') + 7] = 0xff
  expect(read(writer, good)).toHaveProperty('value.conversation_id', 'ticket-X')
  expect(read(writer, bad)).toEqual({ fault: 'the string of 8 bytes at byte 1 is not UTF-8' })
})

test('(I4) so it is in the place of a string where another writer has bytes, and elsewhere bytes may be any', () => {
  const writer = writerWith((avro) => {
    avro.fields.unshift({ name: 'digest', type: 'bytes', doc: 'Not ours' })
    for (const field of avro.fields) if (field.name === 'conversation_id') field.type = 'bytes'
  })
  const payload = (id: Buffer) => writer.toBuffer({ ...event, conversation_id: id, digest: Buffer.from([0xff]) })
  expect(read(writer, payload(Buffer.from('ticket-é')))).toEqual({ value: { ...event, conversation_id: 'ticket-é' } })
  expect(read(writer, payload(Buffer.from([0x61, 0xff])))).toEqual({
    fault: 'bytes in the place of a string are not UTF-8',
  })
})

test('bytes are copied: the event does not change, nor keep a fetch alive, when the buffer is used again', () => {
  const type = forSchema(topics.analysisFailed.avro)
  const failed = goodExamples('analysisFailed')[0]?.value
  const payload = type.toBuffer(failed)
  const compiled = compileWriter(type, type)
  const result = 'read' in compiled ? compiled.read(payload) : null
  payload.fill(0)
  expect(result).toEqual({ value: failed })
})
