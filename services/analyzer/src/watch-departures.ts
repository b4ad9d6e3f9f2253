import { subscribe, unsubscribe } from 'node:diagnostics_channel'

export interface Departures {
  /** Calls `onLeave` when the request with this `x-client-request-id` is written to its socket; forgotten with `forget`. */
  expect(callId: string, onLeave: () => void): void
  forget(callId: string): void
  close(): void
}

/**
 * Tells when a request really leaves, which is after its connection is set up: undici says so on a diagnostics channel, just
 * before it writes the headers. The moment at which a request is handed to a client can be a TLS handshake earlier.
 */
export function watchDepartures(): Departures {
  const expected = new Map<string, () => void>()
  const onSendHeaders = (message: unknown) => {
    const { headers } = message as { headers: string }
    const callId = /^x-client-request-id: (\S+)/im.exec(headers)?.[1]
    if (callId !== undefined) expected.get(callId)?.()
  }
  subscribe(CHANNEL, onSendHeaders)
  return {
    expect: (callId, onLeave) => void expected.set(callId, onLeave),
    forget: (callId) => void expected.delete(callId),
    close: () => void unsubscribe(CHANNEL, onSendHeaders),
  }
}

const CHANNEL = 'undici:client:sendHeaders'
