import { subjectName, topics } from '@insights/schemas/topics'

/** Ids in the registry. */
export interface HostileSchemas {
  /** Cheap to look at: they do not fit, or what they say besides the event is skipped. */
  plain: number[]
  /** Schemas that make a reader take as many steps as there are paths through them, or that never end. */
  deep: number[]
  /** Of our other topics. */
  foreign: number[]
}

/** Schemas that a registry takes from any client, as writers of records of our topics. */
export async function registerHostileSchemas(env: Record<string, string>): Promise<HostileSchemas> {
  const prefix = env['TOPIC_PREFIX'] ?? ''
  const url = env['SCHEMA_REGISTRY_URL'] ?? ''
  const register = async (subject: string, schema: object) => {
    const answer = await fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: escapeBraces(JSON.stringify(schema)) }),
    })
    if (!answer.ok) throw new Error(`${subject}: ${answer.status} ${await answer.text()}`)
    return ((await answer.json()) as { id: number }).id
  }
  const registerAll = (kind: string, schemas: readonly object[]) =>
    Promise.all(schemas.map((schema, i) => register(`${prefix}hostile-${kind}-${i}-value`, schema)))

  const foreign = (['analysisStarted', 'analysisFailed'] as const).map((id) =>
    register(subjectName(id, prefix), topics[id].avro),
  )
  const [plain, deep] = [await registerAll('plain', PLAIN), await registerAll('deep', DEEP)]
  return { plain, deep, foreign: await Promise.all(foreign) }
}

/** Apicurio does not recognise a text with `"{}"` as Avro; escaped, it is the same schema. */
const escapeBraces = (schema: string): string => schema.replaceAll('"{}"', '"\\u007b\\u007d"')

/** Our event with one field more before the others, which a reader must find the end of. */
function withExtra(type: unknown, id: 'conversationsReceived' | 'insightsProduced' = 'conversationsReceived'): object {
  const { avro } = topics[id]
  return { ...avro, fields: [{ name: 'extra', type, doc: '' }, ...avro.fields] }
}

const record = (name: string, fields: Record<string, unknown>) => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
})

/** The first is defined within the second and so on: 5 KB for 2^depth paths. */
function doubled(depth: number): object {
  let type: object = record('D0', {})
  for (let i = 1; i <= depth; i++) type = record(`D${i}`, { a: type, b: `D${i - 1}` })
  return type
}

function nested(depth: number): object {
  let type: unknown = 'null'
  for (let i = 1; i <= depth; i++) type = record(`N${i}`, { a: type })
  return type as object
}

const symbols = (count: number) => Array.from({ length: count }, (_, i) => `S${i}`)
const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__']

const PLAIN = [
  { type: 'string' },
  { type: 'bytes' },
  { type: 'array', items: 'string' },
  { type: 'enum', name: 'E', symbols: symbols(20_000) },
  record('ConversationReceived', Object.fromEntries(names.slice(0, 4).map((name) => [name, 'string']))),
  record('Empty', {}),
  withExtra({ type: 'enum', name: 'E', symbols: symbols(20_000) }),
  withExtra({ type: 'map', values: 'string' }),
  withExtra({ type: 'fixed', name: 'F', size: 1_000_000_000 }),
  withExtra(record('Named', Object.fromEntries(names.slice(0, 4).map((name) => [name, 'int'])))),
  withExtra(['null', 'string', 'long'], 'insightsProduced'),
]

const DEEP = [
  doubled(40),
  withExtra(doubled(40)),
  withExtra(doubled(40), 'insightsProduced'),
  withExtra(nested(200)),
  { type: 'array', items: 'null' },
  withExtra({ type: 'array', items: 'null' }),
  withExtra({ type: 'array', items: record('Nothing', {}) }),
  withExtra(record('List', { next: ['null', 'List'] })),
  withExtra(record('Tree', { nodes: { type: 'array', items: 'Tree' } })),
  withExtra({ type: 'array', items: 'null' }, 'insightsProduced'),
  withExtra(record('Tree', { nodes: { type: 'array', items: 'Tree' } }), 'insightsProduced'),
]
