import avsc from 'avsc'
import { describe, expect, test } from 'vitest'
import { compileWriter } from '../avro/compile-writer.ts'
import { badExamples, goodExamples } from './examples.ts'
import { topicIds, topics } from '../topics.ts'
import { unframe } from '../avro/wire-format.ts'

const WRITER_ID = 4_711

describe.each(topicIds)('%s', (id) => {
  const { schema, avro } = topics[id]
  const type = avsc.Type.forSchema(avro as Parameters<typeof avsc.Type.forSchema>[0])
  const writer = compileWriter(type, type)

  test.each(goodExamples(id).map((example) => [example.name, example] as const))('%s is good', (_, { value, key }) => {
    expect(schema.parse(type.fromBuffer(type.toBuffer(value)))).toEqual(value)
    expect(key).not.toBe('')
  })

  const bad = badExamples(id).map((example) => [example.name, example] as const)
  const invalid = bad.filter(([, example]) => example.expect.class === 'invalid')

  test.each(invalid)('%s can be decoded, and every fault is named with its pointer', (_, example) => {
    const framed = unframe(example.toWire(WRITER_ID))
    const read = 'payload' in framed && 'read' in writer ? writer.read(framed.payload) : { fault: 'undecodable' }
    const { error } = schema.safeParse('value' in read ? read.value : read)
    expect(error?.issues.map((issue) => issue.path.map((part) => `/${String(part)}`).join(''))).toEqual(
      example.expect.pointers,
    )
  })
})

describe('conversationsReceived, below the event', () => {
  const type = avsc.Type.forSchema(topics.conversationsReceived.avro as Parameters<typeof avsc.Type.forSchema>[0])
  const writer = compileWriter(type, type)
  const undecodable = badExamples('conversationsReceived').filter((example) => example.expect.class === 'undecodable')

  test.each(undecodable.map((example) => [example.name, example] as const))('%s cannot be decoded', (_, example) => {
    const framed = unframe(example.toWire(WRITER_ID))
    const ours = 'schemaId' in framed && framed.schemaId === WRITER_ID && 'read' in writer
    expect(ours ? writer.read(framed.payload) : { fault: 'no record of ours' }).toHaveProperty('fault')
  })
})
