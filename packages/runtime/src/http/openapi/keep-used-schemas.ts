import type { Document } from './map-operations.ts'

/** Each named zod schema comes as what is read and as what is written; most are only ever used one way. */
export function keepUsedSchemas(document: Document): Document {
  const { components = {} } = document
  const schemas = components['schemas'] ?? {}
  const used = new Set<string>()
  collectRefs(document.paths ?? {}, schemas, used)
  const kept = Object.entries(schemas).filter(([name]) => used.has(name))
  return { ...document, components: { ...components, schemas: Object.fromEntries(kept) } }
}

function collectRefs(node: unknown, schemas: Record<string, unknown>, used: Set<string>): void {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    const name = key === '$ref' && typeof value === 'string' ? value.split('/').at(-1) : undefined
    if (name !== undefined && !used.has(name)) {
      used.add(name)
      collectRefs(schemas[name], schemas, used)
    }
    collectRefs(value, schemas, used)
  }
}
