import { LATE, within } from './deadline.ts'
import type { Logger } from './logger.ts'

/** Something that is started and stopped: a client, a server, a loop. */
export interface Part {
  name: string
  /** `signal` aborts when a stop is asked for meanwhile: a start that waits for the world should then give up. */
  start?: (signal: AbortSignal) => Promise<void> | void
  stop?: () => Promise<void> | void
}

export interface Lifecycle {
  /** In the order given, one after the other. Rejects with the first failure, after what had started was stopped. */
  start(parts: Part[]): Promise<void>
  /** In reverse order; asked twice it is the same promise. Rejects with an AggregateError of all that went wrong. */
  stop(): Promise<void>
}

/**
 * Starts parts in order and stops those that started in reverse. A part that fails to stop does not keep the others
 * from stopping. The whole stop has `stopDeadlineMs`; what has not stopped by then is given up and named in the error.
 * A stop that comes during a start aborts that start's signal and waits for it, for half of the deadline at most.
 */
export function createLifecycle(options: { log: Logger; stopDeadlineMs: number }): Lifecycle {
  const { log, stopDeadlineMs } = options
  const started: Part[] = []
  const startAbort = new AbortController()
  let beingStarted: Part | undefined
  let starting: Promise<void> = Promise.resolve()
  let stopping: Promise<void> | undefined

  async function startAll(parts: Part[]): Promise<void> {
    for (const part of parts) {
      startAbort.signal.throwIfAborted()
      beingStarted = part
      await part.start?.(startAbort.signal)
      started.push(part)
      log.debug({ part: part.name }, 'part started')
    }
    beingStarted = undefined
  }

  async function stopAll(): Promise<void> {
    startAbort.abort(new Error('stopped while starting'))
    const errors: unknown[] = []
    const stopBy = performance.now() + stopDeadlineMs
    const settled = await within(
      stopDeadlineMs / 2,
      starting.catch(() => undefined),
    )
    if (settled === LATE) errors.push(new Error(`${beingStarted?.name} was still starting and was given up`))
    for (let part = started.pop(); part !== undefined; part = started.pop()) {
      try {
        const stopped = await within(stopBy - performance.now(), stopPart(part))
        if (stopped === LATE) throw new Error(`${part.name} had not stopped after ${stopDeadlineMs} ms`)
        log.debug({ part: part.name }, 'part stopped')
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, `unclean stop: ${errors.map(messageOf).join('; ')}`)
  }

  const stop = () => (stopping ??= stopAll())

  return {
    stop,
    async start(parts) {
      starting = startAll(parts)
      try {
        await starting
      } catch (startError) {
        if (stopping !== undefined) throw startError
        const stopErrors = await stop().then(
          () => [],
          (error: AggregateError) => error.errors,
        )
        if (stopErrors.length === 0) throw startError
        throw new AggregateError([startError, ...stopErrors], 'failed start and unclean stop', { cause: startError })
      }
    },
  }
}

// How long after the first signal another is taken for the same wish: Ctrl-C reaches every process of the terminal's
// group, and npm and supervisors pass it on once more. A person does not press it twice that fast.
const SAME_WISH_MS = 300

/** What ends a process, and the exit code of one that it ended: 128 and the signal's number, as shells say. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/**
 * Runs a process made of parts; resolves when all have started. SIGINT, SIGTERM and SIGHUP (the terminal was closed)
 * stop the parts and exit with 0 (1 when the stop was unclean), also while they are starting; a later second signal
 * exits at once (130, 143, 129). Uncaught errors, a start that fails and `crash(error)` are logged as fatal, the parts
 * stopped, and the exit code is 1.
 * `parts` may be a function, for parts that need `crash` before everything has started.
 */
export async function runProcess(options: {
  log: Logger
  parts: Part[] | ((crash: (error: unknown) => void) => Part[])
  stopDeadlineMs: number
}): Promise<{ crash(error: unknown): void }> {
  const { log } = options
  const lifecycle = createLifecycle(options)
  let exitCode: 0 | 1 = 0
  let stoppingSince: number | undefined

  function stopAndExit(): void {
    if (stoppingSince !== undefined) return
    stoppingSince = performance.now()
    void lifecycle
      .stop()
      .catch((error: unknown) => {
        log.error({ err: error }, 'unclean stop')
        exitCode = 1
      })
      .finally(() => {
        log.info({ exitCode }, 'stopped')
        process.exit(exitCode)
      })
  }

  function crash(error: unknown, context: object = {}): void {
    log.fatal({ err: error, ...context }, 'crashed')
    exitCode = 1
    stopAndExit()
  }

  function onSignal(signal: keyof typeof EXIT_CODES): void {
    if (stoppingSince === undefined) {
      log.info({ signal }, 'stopping')
      stopAndExit()
    } else if (performance.now() - stoppingSince > SAME_WISH_MS) {
      process.exit(EXIT_CODES[signal])
    }
  }

  for (const signal of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) process.on(signal, onSignal)
  process.on('uncaughtException', (error) => crash(error))
  process.on('unhandledRejection', (reason) => crash(reason))

  const parts = typeof options.parts === 'function' ? options.parts((error) => crash(error)) : options.parts
  const watched = parts.map((part) => ({
    name: part.name,
    start: async (signal: AbortSignal) => {
      try {
        await part.start?.(signal)
      } catch (error) {
        // After a stop was asked for, a start that gives up does as it was told.
        if (stoppingSince === undefined) crash(error, { part: part.name })
        throw error
      }
    },
    stop: () => part.stop?.(),
  }))
  // A start that fails ends in the exit above: the caller must not go on meanwhile.
  await lifecycle.start(watched).catch(() => new Promise<never>(() => {}))
  return { crash: (error) => crash(error) }
}

async function stopPart(part: Part): Promise<void> {
  await part.stop?.()
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
