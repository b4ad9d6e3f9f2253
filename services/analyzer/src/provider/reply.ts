/** How a request to Grok ended, not judged yet. */
export type Reply = Responded | Broke | NotAsked

export interface Responded {
  kind: 'responded'
  status: number
  /** `get` as of fetch's Headers. */
  headers: { get(name: string): string | null }
  /** At most what the bounded read let through. */
  body: string
}
export interface Broke {
  kind: 'broke'
  how: 'timeout' | 'network'
  detail: string
}
export type NotAsked =
  /** Given up by us, at the stop's deadline. */
  | { kind: 'aborted' }
  /** It did not leave: the gate was closed at the last moment, or no connection was ready. */
  | { kind: 'held' }
