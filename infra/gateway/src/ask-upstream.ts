import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'

export type Answer = { ok: true; text: string } | { ok: false; reason: string }

/** GETs a small document. Anything but a 200 within `timeoutMs` is no answer, with the reason in words. */
export function askUpstream(url: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: Error) => resolve({ ok: false, reason: error.message || error.name })
    const { get } = url.startsWith('https:') ? https : http
    // No agent: a probe every few seconds would find its kept connection about to be closed.
    get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      text(response).then(
        (body) =>
          resolve(
            response.statusCode === 200
              ? { ok: true, text: body }
              : { ok: false, reason: `answers ${response.statusCode}` },
          ),
        fail,
      )
    }).on('error', fail)
  })
}
