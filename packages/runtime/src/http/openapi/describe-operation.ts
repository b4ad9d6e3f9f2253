import { STATUS_CODES } from 'node:http'
import type { Scope } from '../api-keys.ts'
import type { Problem } from '../problem.ts'
import { headersOf } from './answer-headers.ts'
import { problemExamples } from './problem-examples.ts'

/** What the description of a route says beside its schemas, from the code that does it. */
export interface RouteFacts {
  /** The scope that its key needs; absent when it asks for none. */
  scope?: Scope
  /** Whether each request takes a token (take-token.ts). */
  limited: boolean
  /** JSON schemas of query parameters by a pattern of their names. */
  openParameters: Record<string, object>
  /** Its `response`: an entry may have `headers` (OpenAPI header objects) and, for a problem, an `example`. */
  response: Record<string, { headers?: object; example?: Problem }>
}

export interface Operation {
  description?: string
  parameters?: Parameter[]
  responses: Record<string, Response>
  security?: Record<string, string[]>[]
}
interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: Record<string, unknown>
  [field: string]: unknown
}
interface Response {
  description: string
  headers?: object
  content?: Content
}
type Content = Record<string, { schema?: object; example?: unknown }>

const PROBLEM = 'application/problem+json'

/** `keyed`: whether keys are set, so that one is needed. */
export function describeOperation(operation: Operation, facts: RouteFacts, keyed: boolean): Operation {
  const scope = facts.scope && `Scope of the key: \`${facts.scope}\`.`
  return {
    ...operation,
    ...(scope && { description: [operation.description, scope].filter(Boolean).join('\n\n') }),
    ...(keyed && facts.scope && { security: [{ bearer: [facts.scope] }] }),
    ...describeParameters(operation, facts),
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, response]) => [
        status,
        describeResponse(status, response, facts),
      ]),
    ),
  }
}

function describeParameters(
  { parameters = [] }: Operation,
  { openParameters }: RouteFacts,
): Pick<Operation, 'parameters'> {
  const described = [
    ...parameters.map(describeParameter),
    ...Object.entries(openParameters).map(([pattern, schema]) => describeOpenParameter(pattern, schema)),
  ]
  return described.length === 0 ? {} : { parameters: described }
}

/**
 * Tools fill in the `example` of a parameter, and a filter that was not asked for is no help: what may be left out
 * shows its own in the schema.
 */
function describeParameter({ example, ...parameter }: Parameter): Parameter {
  const schema =
    example === undefined || parameter.required ? parameter.schema : { ...parameter.schema, examples: [example] }
  return {
    ...parameter,
    ...(example !== undefined && parameter.required && { example }),
    ...(parameter.schema['type'] === 'array' && { style: 'form', explode: true }),
    schema,
  }
}

/**
 * An object whose members are parameters themselves: that is what `form` and `explode` mean. Without an example, with
 * which tools would fill it in.
 */
function describeOpenParameter(pattern: string, open: object): Parameter {
  const { name = pattern, description, ...schema } = open as Record<string, unknown>
  return {
    in: 'query',
    name: String(name),
    required: false,
    style: 'form',
    explode: true,
    ...(description !== undefined && { description }),
    schema: {
      type: 'object',
      patternProperties: { [pattern]: schema },
      additionalProperties: false,
    },
  }
}

function describeResponse(status: string, response: Response, facts: RouteFacts): Response {
  const headers = { ...headersOf(Number(status), facts), ...response.headers, ...facts.response[status]?.headers }
  return {
    ...response,
    description: response.description === 'Default Response' ? (STATUS_CODES[status] ?? '') : response.description,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(response.content?.[PROBLEM] && { content: describeProblems(status, response.content, facts) }),
  }
}

function describeProblems(status: string, content: Content, { response }: RouteFacts): Content {
  const example = response[status]?.example ?? problemExamples.get(status === 'default' ? 500 : Number(status))
  return {
    ...content,
    [PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' }, ...(example && { example }) },
  }
}
