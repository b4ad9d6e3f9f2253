/** A process that carries a topic into a table. */
export interface Running {
  pid: number
  /** Throws when it has failed. */
  check(): Promise<void>
  stop(): Promise<void>
}
