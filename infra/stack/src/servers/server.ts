/**
 * One server process (or container) of the stack, for fault tests. Each method resolves when its effect has happened.
 */
export interface Server {
  /** `kafka-1`, `kafka-2`, `kafka-3`, `registry` or `postgres`. */
  name: string
  /** SIGKILL, to the whole server: what a crash or the OOM killer does. */
  kill(): Promise<void>
  /** SIGSTOP, to the whole server: it keeps its connections and answers nothing, as a frozen machine does. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): Promise<void>
  /** Starts it again on the same port and data; resolves when it is usable. One that runs is only waited for. */
  start(): Promise<void>
}

/** A server that is stopped for good when the stack is. Stopping twice is safe. */
export interface OwnedServer extends Server {
  stop(): Promise<void>
}

/** Kafka, the registry or Postgres, once it is usable. */
export interface RunningPart {
  /** The value of the environment variable that stands for the part, e.g. `127.0.0.1:19092`. */
  address: string
  servers: OwnedServer[]
  stop(): Promise<void>
}

/** A server ended or never became usable. The message holds the end of its log. */
export class ServerFailed extends Error {
  override name = 'ServerFailed'
  /** Whether another process took the port between our check and the server's bind: another port may do. */
  readonly portTaken: boolean
  constructor(message: string, portTaken = false) {
    super(message)
    this.portTaken = portTaken
  }
}

/** What each way to start a part is given. */
export interface PartOptions {
  /** Absolute, exists, and is held by us alone. */
  dataDir: string
  env: NodeJS.ProcessEnv
  report: (line: string) => void
  /** Aborted when the start is given up; a start in progress then stops what it started and rejects. */
  signal: AbortSignal
  /** False: any free ports; true: the documented ones where they are free. */
  preferPorts: boolean
}

/** The start cannot succeed until the user does something; the message is one sentence that says what. */
export class StackRefused extends Error {
  override name = 'StackRefused'
}
