import type { OpenApiDocument } from '@insights/gateway/merge-openapi'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** An operation of the API's description, with the method and path it has as `name`. */
export interface Operation {
  name: string
  method: string
  path: string
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, { headers?: Record<string, { $ref?: string; required?: boolean }>; content?: Content }>
}
interface Parameter extends Shown {
  name: string
  in: string
  required?: boolean
}
type Content = Record<string, Shown>
interface Shown {
  schema?: object
  example?: unknown
  examples?: Record<string, { value: unknown }>
}

export function operationsOf(document: OpenApiDocument): Operation[] {
  const operations: Operation[] = []
  for (const [path, methods] of Object.entries(document.paths ?? {}))
    for (const [name, operation] of Object.entries(methods as Record<string, Omit<Operation, 'name'>>)) {
      const method = name.toUpperCase()
      operations.push({ ...operation, name: `${method} ${path}`, method, path })
    }
  return operations
}

interface Example {
  where: string
  schema: object
  example: unknown
}

/** All examples, with the schema that each is one of. */
export const examplesOf = (operations: Operation[]): Example[] =>
  operations.flatMap(({ name, parameters = [], requestBody, responses }) => [
    ...parameters.flatMap((parameter) => shownIn(`${name} ${parameter.name}`, parameter)),
    ...contentExamples(name, requestBody?.content),
    ...Object.entries(responses).flatMap(([status, { content }]) => contentExamples(`${name} ${status}`, content)),
  ])

const contentExamples = (where: string, content: Content = {}): Example[] =>
  Object.entries(content).flatMap(([type, shown]) => shownIn(`${where} ${type}`, shown))

function shownIn(where: string, { schema = {}, example, examples = {} }: Shown): Example[] {
  const inSchema = (schema as { examples?: unknown[] }).examples ?? []
  const all = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)]
  return [...all, ...inSchema].map((one) => ({ where, schema, example: one }))
}

/** What is wrong with a value, by a schema of the document; empty when nothing is. */
export function schemaFaults(document: OpenApiDocument, schema: object, value: unknown): string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
  addFormats.default(ajv)
  const validate = ajv.compile({ ...schema, components: document.components })
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}
