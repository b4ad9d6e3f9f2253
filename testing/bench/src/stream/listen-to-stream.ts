import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A client of the event stream that comes back with its last id whenever it is cut off, as an EventSource does. */
export interface Listener {
  /** How often each insight came, by its number. */
  seen: Uint8Array
  /** How often it was connected. */
  connections(): number
  /** Cuts its connection off; it comes back. */
  cut(): void
  stop(): void
}

export const ID = 'stream-'
const NUMBER = new RegExp(`"conversation_id":"${ID}(\\d+)"`, 'g')
const RETRY_MS = 500

/** `onInsight` is called with each insight's number, as it comes for the first time. */
export function listenToStream(
  origin: () => string,
  { most, onInsight }: { most: number; onInsight: (number: number) => void },
): Listener {
  const seen = new Uint8Array(most)
  const agent = new http.Agent({ keepAlive: false })
  let [lastId, connections, isStopped] = ['', 0, false]
  let request: http.ClientRequest | undefined

  function connect(): void {
    if (isStopped) return
    const again = () => void sleep(RETRY_MS).then(connect)
    const headers = lastId === '' ? {} : { 'last-event-id': lastId }
    request = http.get(`${origin()}/api/v1/insights/stream`, { agent, headers }, (response) => {
      if (response.statusCode !== 200) return void response.resume()
      connections++
      let rest = ''
      response.setEncoding('latin1').on('data', (chunk: string) => {
        const text = rest + chunk
        const end = text.lastIndexOf('\n\n')
        if (end < 0) return void (rest = text)
        rest = text.slice(end + 2)
        const events = text.slice(0, end)
        const id = events.lastIndexOf('id: ')
        if (id >= 0) lastId = events.slice(id + 4, (events.indexOf('\n', id) + 1 || events.length + 1) - 1)
        for (const [, number] of events.matchAll(NUMBER)) {
          const at = Number(number)
          seen[at] = (seen[at] ?? 0) + 1
          if (seen[at] === 1) onInsight(at)
        }
      })
    })
    request.on('error', () => undefined).on('close', again)
  }
  connect()
  return {
    seen,
    connections: () => connections,
    cut: () => void request?.destroy(),
    stop: () => {
      isStopped = true
      request?.destroy()
    },
  }
}

/** Opens a stream and takes nothing of it; comes back when it is cut off. */
export function stallStream(origin: () => string): { stop(): void } {
  const agent = new http.Agent({ keepAlive: false })
  let isStopped = false
  let request: http.ClientRequest | undefined
  function connect(): void {
    if (isStopped) return
    request = http.get(`${origin()}/api/v1/insights/stream`, { agent }, (response) => void response.pause())
    request.on('error', () => undefined).on('close', () => void sleep(RETRY_MS).then(connect))
  }
  connect()
  return {
    stop: () => {
      isStopped = true
      request?.destroy()
    },
  }
}
