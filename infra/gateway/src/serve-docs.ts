import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/**
 * `GET /docs`: the whole API, drawn by Swagger UI from `/openapi.json`. Everything that the page needs comes from here,
 * which its policy holds it to, so that it works without the Internet and no other server learns of it.
 */
export function serveDocs(gateway: FastifyInstance): void {
  for (const path of ['/docs', '/docs/'])
    gateway.get(path, (_request, reply) => reply.headers({ 'content-security-policy': POLICY }).type(HTML).send(PAGE))
  gateway.get('/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(START))
  gateway.register(fastifyStatic, {
    root: join(dirname(fileURLToPath(import.meta.resolve('@fastify/swagger-ui'))), 'static'),
    prefix: '/docs/static/',
    allowedPath: (path) => FILES.has(path.replace(/^\//, '')),
    decorateReply: false,
    maxAge: '1h',
  })
}

const HTML = 'text/html; charset=utf-8'
const FILES = new Set(['swagger-ui.css', 'index.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'])
/** Swagger UI sets styles on its elements and holds its icons in the style sheet. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conversation insights: API</title>
<link rel="icon" type="image/png" href="/docs/static/favicon-32x32.png">
<link rel="stylesheet" href="/docs/static/swagger-ui.css">
<link rel="stylesheet" href="/docs/static/index.css">
<div id="swagger-ui"></div>
<noscript>The description of the API that this page draws is <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/static/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
})
`
