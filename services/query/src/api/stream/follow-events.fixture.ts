import { once } from 'node:events'
import http from 'node:http'

export interface Followed {
  /** `data` of the events so far, parsed, and their ids. */
  events: { id: string; insight: { conversation_id: string; [field: string]: unknown } }[]
  /** The last id that came, of an event or alone. */
  lastId(): string
  text(): string
  response: http.IncomingMessage
  /** Resolves with how the stream ended: cleanly or broken off. */
  ended: Promise<'cleanly' | 'broken off'>
  leave(): void
}

/** Opens an event stream, and reads it as the specification says. */
export async function followEvents(url: string, headers: Record<string, string> = {}): Promise<Followed> {
  const request = http.get(url, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const events: Followed['events'] = []
  let [text, rest, lastId] = ['', '', '']
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]))
      lastId = fields['id'] ?? lastId
      if (fields['data'] !== undefined) events.push({ id: lastId, insight: JSON.parse(fields['data']) })
    }
  })
  const ended = new Promise<'cleanly' | 'broken off'>((resolve) => {
    response.once('end', () => resolve('cleanly'))
    response.once('error', () => resolve('broken off'))
  })
  return { events, lastId: () => lastId, text: () => text, response, ended, leave: () => void request.destroy() }
}
