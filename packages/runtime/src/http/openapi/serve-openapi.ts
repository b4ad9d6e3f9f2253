import { fastify } from 'fastify'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiKey, Scope } from '../api-keys.ts'
import type { HttpServer } from '../http-server.ts'
import { Problem } from '../problem.ts'
import { answerHeaders } from './answer-headers.ts'
import { describeOperation, type RouteFacts } from './describe-operation.ts'
import { keepUsedSchemas } from './keep-used-schemas.ts'
import { mapOperations, operationKey, type Document } from './map-operations.ts'

export interface OpenApiInfo {
  title: string
  version: string
  description: string
  /** What the tags of its operations mean. */
  tags?: { name: string; description: string }[]
}

/**
 * `/openapi.json` (OpenAPI 3.1, made from the routes' zod schemas) and `/docs` (Swagger UI). Both are put together when
 * first asked for: most processes never are, and the libraries behind them cost each memory and start-up time.
 */
export function serveOpenapi(server: HttpServer, info: OpenApiInfo, apiKeys: ApiKey[]): void {
  const routes: RouteOptions[] = []
  server.addHook('onRoute', (route) => {
    // Plugins' HEAD routes are Fastify's doing, and the documentation does not describe itself.
    if (route.schema?.hide !== true && route.method !== 'HEAD') routes.push(route)
  })

  let docs: Promise<FastifyInstance> | undefined
  const ready = () => (docs ??= buildDocs(routes, info, apiKeys.length > 0))
  server.addHook('onClose', async () => (await docs?.catch(() => undefined))?.close())

  const hidden = { schema: { hide: true }, config: { measured: false } }
  server.get('/openapi.json', hidden, async () => (await ready()).swagger())
  for (const path of ['/docs', '/docs/*']) {
    server.get(path, hidden, async (request, reply) => {
      const { routing } = await ready()
      reply.hijack()
      routing(request.raw, reply.raw)
    })
  }
}

async function buildDocs(
  routes: RouteOptions[],
  { tags, ...info }: OpenApiInfo,
  keyed: boolean,
): Promise<FastifyInstance> {
  const [{ default: swagger }, { default: swaggerUi }, { createJsonSchemaTransform, jsonSchemaTransformObject }] =
    await Promise.all([import('@fastify/swagger'), import('@fastify/swagger-ui'), import('fastify-type-provider-zod')])
  const toJsonSchema = createJsonSchemaTransform({ zodToJsonConfig: { override: keepWhatIsSaid } })
  const docs = fastify()
  docs.setValidatorCompiler(() => () => true)
  docs.setSerializerCompiler(() => JSON.stringify)
  const facts = new Map(routes.map((route) => [operationKey(route.method, route.url), factsOf(route)]))
  await docs.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      servers: [{ url: '/', description: 'Where this document comes from' }],
      ...(tags && { tags }),
      components: {
        schemas: { Problem: z.toJSONSchema(Problem, { target: 'draft-2020-12' }) as object },
        headers: answerHeaders as unknown as Record<string, object>,
        ...(keyed ? { securitySchemes: { bearer: BEARER } } : {}),
      },
      ...(keyed ? { security: [{ bearer: [] }] } : {}),
    },
    transform: (document) => {
      const { schema, url } = toJsonSchema(document)
      // The library would take them for members of an object.
      const { patternProperties, ...querystring } = (schema.querystring ?? {}) as { patternProperties?: OpenParameters }
      const known = facts.get(operationKey(document.route.method, url))
      if (patternProperties && known) known.openParameters = patternProperties
      return {
        schema: {
          ...schema,
          ...(schema.querystring !== undefined && { querystring }),
          response: { ...(schema.response ?? UNKNOWN_RESPONSE), default: PROBLEM_RESPONSE },
        },
        url,
      }
    },
    transformObject: (document) => {
      const { paths = {}, ...others } = jsonSchemaTransformObject(document) as Document
      const described = mapOperations(paths, (key, operation) => {
        const known = facts.get(key)
        return known === undefined ? operation : describeOperation(operation, known, keyed)
      })
      return keepUsedSchemas({ ...others, paths: described }) as unknown as OpenApi
    },
  })
  await docs.register(swaggerUi, { routePrefix: '/docs' })
  for (const { method, url, schema = {} } of routes) docs.route({ method, url, schema, handler: () => null })
  await docs.ready()
  return docs
}

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  description:
    'An API key. It has scopes, and each operation names the one it needs: `ingest` sends, `read` reads, `admin` erases and sends again.',
} as const

// A response of type null has no content: all that is known of a route without a response schema.
const UNKNOWN_RESPONSE = { 200: { type: 'null', description: 'Success' } }

const PROBLEM_RESPONSE = {
  description:
    'What went wrong, as RFC 9457 problem details. Beside what is listed here any request may be answered 400 (the ' +
    'request or its percent-encoding cannot be read), 404 (no such address), 405 (`Allow` says which methods are ' +
    'taken), 408 (it did not arrive in time), 414 and 431 (the address or the header fields are too long), 403 and ' +
    '421 (without keys: a page or a host name that may not ask), 500 (a fault here, logged under its `request_id`), ' +
    '502 and 503 (the service broke off, or is not there).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

type OpenApi = ReturnType<typeof jsonSchemaTransformObject>
type OpenParameters = RouteFacts['openParameters']

/** Zod leaves the examples and the default of what it transforms out; ours are of what is sent. */
function keepWhatIsSaid({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: object }): void {
  const { default: byDefault, examples } = z.globalRegistry.get(zodSchema) ?? {}
  Object.assign(jsonSchema, byDefault !== undefined && { default: byDefault }, examples !== undefined && { examples })
  // An answer without a body.
  if (zodSchema instanceof z.ZodUndefined) Object.assign(jsonSchema, { type: 'null' })
}

/** The hooks say what they do (api-keys.ts, take-token.ts). */
function factsOf({ onRequest, schema }: RouteOptions): RouteFacts {
  const hooks = [onRequest].flat().filter((hook) => hook !== undefined) as Partial<{ scope: Scope; policy: string }>[]
  const scope = hooks.find((hook) => hook.scope !== undefined)?.scope
  return {
    ...(scope && { scope }),
    limited: hooks.some((hook) => hook.policy !== undefined),
    openParameters: {},
    response: (schema?.response ?? {}) as RouteFacts['response'],
  }
}
