import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Posts a conversation as a careful client does: what was not accepted (connection refused, 429, 503), or may have been
 * (502 of the gateway), is tried again with the same id. @throws when it is refused for good, or not accepted in a
 * minute
 */
export async function submit(ingressUrl: () => string, conversation: object): Promise<void> {
  const deadline = performance.now() + 60_000
  for (let last = ''; ;) {
    const response = await fetch(`${ingressUrl()}/api/v1/conversations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(conversation),
    }).catch((error: unknown) => String(error))
    if (typeof response !== 'string') {
      const text = await response.text().catch(String)
      if (response.status === 202) return
      last = `${response.status} ${text}`
      if (!PASSING.has(response.status)) throw new Error(last)
    } else last = response
    if (performance.now() > deadline) throw new Error(`not accepted in a minute: ${last}`)
    await sleep(100)
  }
}

const PASSING = new Set([429, 502, 503, 504])
