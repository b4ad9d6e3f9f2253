/** A call to Grok as its events tell of it. */
export interface CallFacts {
  callId: string
  startedAt: number
  /** The model asked; insights name the one that answered, where it says so. */
  model: string
  promptVersion: string
}
