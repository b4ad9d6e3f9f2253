import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Cut } from './fault-act.ts'

/** What would be sent as a whole. */
export interface Payload {
  status: number
  contentType: string
  body: string
}

/**
 * Sends only a part of a response: nothing, or its head and half of its body, under the length of the whole. Then the
 * connection is reset; or, when the cut is a hang, there is silence until `untilGone` says that the caller is gone or
 * that the simulator stops.
 */
export async function cutShort(
  reply: FastifyReply,
  { status, contentType, body }: Payload,
  cut: Cut,
  untilGone: (response: ServerResponse) => Promise<void>,
): Promise<void> {
  reply.hijack()
  const response = reply.raw
  if (cut.where === 'in_body' && !response.destroyed) {
    const bytes = Buffer.from(body)
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) response.setHeader(name, value)
    }
    response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length })
    // Destroyed before it is written, the part would never leave.
    await new Promise((resolve) => response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), resolve))
  }
  if (cut.how === 'reset') response.socket?.resetAndDestroy()
  else {
    await untilGone(response)
    response.destroy()
  }
}
