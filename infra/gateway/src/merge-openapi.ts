export interface OpenApiDocument {
  openapi: string
  info: { title: string; version: string; description?: string }
  servers?: { url: string; description?: string }[]
  paths?: Record<string, unknown>
  tags?: { name: string; description?: string }[]
  /** Alternatives, for every operation that names none. */
  security?: Record<string, string[]>[]
  components?: Record<string, Record<string, unknown>>
}

/**
 * One document of the `/api/v1` paths of several. Two services describe different methods of the same path, and may
 * name the same component as long as they mean the same by it.
 * @throws Error when two documents mean different things by one name: there is no telling which is right
 */
export function mergeOpenApi(info: OpenApiDocument['info'], documents: OpenApiDocument[]): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {}
  const components: Record<string, Record<string, unknown>> = {}
  const tags = new Map<string, { name: string; description?: string }>()
  for (const document of documents) {
    for (const [path, methods] of Object.entries(document.paths ?? {})) {
      if (path.startsWith('/api/v1/')) addAll((paths[path] ??= {}), methods as Record<string, unknown>, path)
    }
    for (const [kind, named] of Object.entries(document.components ?? {}))
      addAll((components[kind] ??= {}), named, kind)
    for (const tag of document.tags ?? []) tags.set(tag.name, tag)
  }
  refuseSharedIds(paths)
  const security = documents.find((document) => document.security)?.security
  return {
    openapi: documents[0]?.openapi ?? '3.1.0',
    info,
    servers: [{ url: '/', description: 'Where this document comes from' }],
    tags: [...tags.values()],
    paths,
    components,
    ...(security && { security }),
  }
}

function addAll(into: Record<string, unknown>, from: Record<string, unknown>, where: string): void {
  for (const [name, value] of Object.entries(from)) {
    if (name in into && JSON.stringify(into[name]) !== JSON.stringify(value)) {
      throw new Error(`the services disagree about ${name} of ${where}`)
    }
    into[name] = value
  }
}

/** Clients that are made from the document name their functions by them. */
function refuseSharedIds(paths: Record<string, Record<string, unknown>>): void {
  const seen = new Set<string>()
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    const { operationId } = operation as { operationId?: string }
    if (operationId === undefined) continue
    if (seen.has(operationId)) throw new Error(`the services have two operations of the name ${operationId}`)
    seen.add(operationId)
  }
}
