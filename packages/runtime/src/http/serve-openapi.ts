import { fastify } from 'fastify'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiKey } from './api-keys.ts'
import type { HttpServer } from './http-server.ts'
import { Problem } from './problem.ts'

/**
 * `/openapi.json` (OpenAPI 3.1, made from the routes' zod schemas) and `/docs` (Swagger UI). Both are put together when
 * first asked for: most processes never are, and the libraries behind them cost each memory and start-up time.
 */
export function serveOpenapi(
  server: HttpServer,
  info: { title: string; version: string; description: string },
  apiKeys: ApiKey[],
): void {
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
  info: { title: string; version: string; description: string },
  keyed: boolean,
): Promise<FastifyInstance> {
  const [{ default: swagger }, { default: swaggerUi }, { jsonSchemaTransform, jsonSchemaTransformObject }] =
    await Promise.all([import('@fastify/swagger'), import('@fastify/swagger-ui'), import('fastify-type-provider-zod')])
  const docs = fastify()
  docs.setValidatorCompiler(() => () => true)
  docs.setSerializerCompiler(() => JSON.stringify)
  await docs.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      components: {
        schemas: { Problem: z.toJSONSchema(Problem, { target: 'draft-2020-12' }) as object },
        ...(keyed ? { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } } : {}),
      },
      ...(keyed ? { security: [{ bearer: [] }] } : {}),
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route)
      return {
        schema: { ...schema, response: { ...(schema.response ?? UNKNOWN_RESPONSE), default: PROBLEM_RESPONSE } },
        url,
      }
    },
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  })
  await docs.register(swaggerUi, { routePrefix: '/docs' })
  for (const { method, url, schema = {} } of routes) docs.route({ method, url, schema, handler: () => null })
  await docs.ready()
  return docs
}

// A response of type null has no content: all that is known of a route without a response schema.
const UNKNOWN_RESPONSE = { 200: { type: 'null', description: 'Success' } }

const PROBLEM_RESPONSE = {
  description: 'What went wrong, as RFC 9457 problem details',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

type OpenApi = ReturnType<typeof jsonSchemaTransformObject>

// Each named zod schema comes as what is read and as what is written; most are only ever used one way.
function withoutUnused(document: OpenApi): OpenApi {
  if (!('components' in document) || document.components?.schemas === undefined) return document
  const { components } = document
  const schemas: Record<string, unknown> = components.schemas ?? {}
  const used = new Set<string>()
  collectRefs('paths' in document ? document.paths : {}, schemas, used)
  const kept = Object.entries(schemas).filter(([name]) => used.has(name))
  return { ...document, components: { ...components, schemas: Object.fromEntries(kept) } } as OpenApi
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
