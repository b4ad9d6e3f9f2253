import { topics } from '../topics.ts'

/**
 * Registers our event with one field more under a subject of a stranger, and returns its id: forty nested records, each
 * twice in the next one, so that a few bytes hold 2^40 values.
 */
export async function registerHostile(registryUrl: string, subject: string): Promise<number> {
  let type: unknown = 'null'
  for (let i = 0; i < 40; i++) {
    const fields = [
      { name: 'a', type },
      { name: 'b', type: i === 0 ? 'null' : `X${i - 1}` },
    ]
    type = { type: 'record', name: `X${i}`, fields }
  }
  const { avro } = topics.conversationsReceived
  const schema = JSON.stringify({ ...avro, fields: [{ name: 'nested', type }, ...avro.fields] })
  const response = await fetch(`${registryUrl}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    // What Apicurio needs to recognise it as Avro, as in connect-registry.ts.
    body: JSON.stringify({ schemaType: 'AVRO', schema: schema.replaceAll('"{}"', '"\\u007b\\u007d"') }),
  })
  if (!response.ok) throw new Error(`the registry does not take it: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { id: number }).id
}
