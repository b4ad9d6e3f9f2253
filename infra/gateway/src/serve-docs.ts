import type { FastifyInstance } from 'fastify'
import { forwardRequests } from './forward-requests.ts'

/** `GET /docs` leads to each service's own pages, which are forwarded to below `/docs/<service>/`. */
export function serveDocs(gateway: FastifyInstance, upstreams: Record<string, string>): void {
  const links = Object.keys(upstreams).map((name) => `<li><a href="/docs/${name}/">${name}</a></li>`)
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Conversation insights: API</title>
<h1>Conversation insights: API</h1>
<ul>${links.join('')}<li><a href="/openapi.json">openapi.json</a>, all in one</li></ul>
</html>
`
  gateway.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(page))

  for (const [name, upstream] of Object.entries(upstreams)) {
    // The pages' links are relative, so the slash decides where they lead.
    gateway.get(`/docs/${name}`, (_request, reply) => reply.redirect(`/docs/${name}/`))
    forwardRequests(gateway, {
      upstream,
      prefix: `/docs/${name}`,
      to: '/docs',
      routes: ['/*'],
      methods: ['GET', 'HEAD'],
    })
  }
}
