import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyEvent } from './events/any-event.fixture.ts'
import { toAvroShape, type AvroNode } from './avro/avro-shape.fixture.ts'
import { goodExamples } from './events/examples.ts'
import { subjectName, topicIds, topicName, topics } from './topics.ts'

describe.each(topicIds)('%s', (id) => {
  const { avro, schema } = topics[id]
  const type = avsc.Type.forSchema(avro as Parameters<typeof avsc.Type.forSchema>[0])

  test('the zod type and the Avro schema have the same fields, nullability, enum symbols and kinds', () => {
    expect(toAvroShape(schema)).toEqual(shapeOfAvro(avro))
  })

  test('every zod-valid event survives Avro unchanged', () => {
    const roundTrip = fc.property(anyEvent[id], (event) => {
      const back: unknown = schema.parse(type.fromBuffer(type.toBuffer(event)))
      expect(back).toEqual(event)
    })
    fc.assert(roundTrip, { numRuns: 200 })
  })

  test('whatever the Avro schema lets through is either valid for zod and survives, or is named with its place', () => {
    for (let i = 0; i < 200; i++) {
      const random: unknown = type.random()
      const parsed = schema.safeParse(random)
      const kept = parsed.success && type.toBuffer(parsed.data).equals(type.toBuffer(random))
      const named = !parsed.success && parsed.error.issues.every((issue) => issue.path.length > 0)
      expect({ random, kept: kept || named }).toEqual({ random, kept: true })
    }
  })

  test('every named type, field and record is documented, because other programs are generated from it', () => {
    const undocumented: string[] = []
    walkAvro(avro, (node, path) => {
      if ('fields' in node && typeof node['doc'] !== 'string') undocumented.push(path)
      for (const field of (node['fields'] as { name: string; doc?: string }[] | undefined) ?? []) {
        if (!field.doc) undocumented.push(`${path}/${field.name}`)
      }
    })
    expect(undocumented).toEqual([])
  })

  test('every default of the Avro schema is what the zod type allows', () => {
    const [example] = goodExamples(id)
    const defaults = Object.fromEntries(avro.fields.filter((f) => 'default' in f).map((f) => [f.name, f.default]))
    expect(schema.safeParse({ ...example?.value, ...defaults }).success).toBe(true)
  })
})

test('the record they share is the same in every schema', () => {
  const found: unknown[] = []
  for (const id of topicIds) {
    walkAvro(topics[id].avro, (node) => {
      if (node['name'] === 'Origin' && 'fields' in node) found.push(node)
    })
  }
  expect(found).toHaveLength(3)
  expect(new Set(found.map((node) => JSON.stringify(node))).size).toBe(1)
})

test('names: the prefix goes before topic and subject', () => {
  expect(topicName('conversationsReceived', '')).toBe('conversations.received')
  expect(subjectName('conversationsReceived', 'test-1.')).toBe('test-1.conversations.received-value')
  expect(new Set(topicIds.map((id) => topics[id].name)).size).toBe(topicIds.length)
})

test('the configuration of the contract: broker time, retention, sizes', () => {
  const day = 86_400_000
  const configOf = (id: (typeof topicIds)[number]): Record<string, string> => topics[id].config
  for (const id of topicIds) expect(configOf(id)['message.timestamp.type']).toBe('LogAppendTime')
  expect(configOf('conversationsReceived')).toMatchObject({
    'retention.ms': `${7 * day}`,
    'max.message.bytes': '2097152',
  })
  expect(configOf('analysisStarted')).toMatchObject({ 'retention.ms': `${day}` })
  expect(configOf('insightsProduced')).toMatchObject({ 'cleanup.policy': 'compact' })
  expect(configOf('analysisFailed')).toMatchObject({ 'retention.ms': `${30 * day}`, 'max.message.bytes': '4194304' })
})

test('the files are what is in the table, so that they can be taken as they are', () => {
  const file = readFileSync(new URL('../avro/conversation-received.avsc', import.meta.url), 'utf8')
  expect(topics.conversationsReceived.avro).toEqual(JSON.parse(file))
})

function walkAvro(node: unknown, visit: (node: Record<string, unknown>, path: string) => void, path = ''): void {
  if (Array.isArray(node)) for (const inner of node) walkAvro(inner, visit, path)
  else if (typeof node === 'object' && node !== null) {
    visit(node as Record<string, unknown>, path)
    for (const [name, inner] of Object.entries(node)) if (name !== 'default') walkAvro(inner, visit, `${path}/${name}`)
  }
}

/** The Avro schema as the shape that `toAvroShape` makes of a zod type. */
function shapeOfAvro(node: unknown): AvroNode {
  if (typeof node === 'string') return node
  if (Array.isArray(node)) {
    const [first, second] = node as [unknown, unknown]
    if (node.length !== 2 || first !== 'null')
      throw new Error('a union of null and one type, in this order, is all we use')
    return { nullable: shapeOfAvro(second) }
  }
  const schema = node as { type: unknown; logicalType?: string; fields?: { name: string; type: unknown }[] } & {
    items?: unknown
    values?: unknown
    symbols?: string[]
  }
  switch (schema.type) {
    case 'record':
      return { record: Object.fromEntries((schema.fields ?? []).map((field) => [field.name, shapeOfAvro(field.type)])) }
    case 'array':
      return { array: shapeOfAvro(schema.items) }
    case 'map':
      return { map: shapeOfAvro(schema.values) }
    case 'enum':
      return { enum: schema.symbols ?? [] }
    default:
      return schema.logicalType ?? shapeOfAvro(schema.type)
  }
}
