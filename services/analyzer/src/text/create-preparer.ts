import { Worker } from 'node:worker_threads'
import { LATE, within } from '@insights/runtime/deadline'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { prepareConversation, type Prepared, type PrepareSettings } from './prepare-conversation.ts'
import type { ThreadAnswer } from './prepare-in-thread.ts'

/** How preparing a large conversation ended. `stopped`: this process stops; another one will read the record again. */
export type Preparation =
  { kind: 'prepared'; prepared: Prepared } | { kind: 'too_costly'; detail: string } | { kind: 'stopped' }

export interface Preparer {
  /**
   * `bytes`: of the record's value. Small conversations are prepared at once, large ones in a thread, one after the
   * other. Throws or rejects only for errors that are not known: a bug.
   */
  prepare(conversation: ConversationReceived, bytes: number): Prepared | Promise<Preparation>
  /** Ends the thread; what was not prepared yet is `stopped`. */
  stop(): Promise<void>
}

/**
 * Preparing reads texts of strangers. It takes linear time, as far as we know; should some text take far more, it must
 * stop neither heartbeats nor other conversations, and it must not come back for ever (I8). So what is larger than
 * `MAX_INLINE_BYTES` is prepared in a thread that is ended when one conversation has taken `deadlineMs` or its memory
 * is used up; that conversation is `too_costly`, and a new thread goes on with the next.
 */
export function createPreparer({
  settings,
  deadlineMs,
  startThread = startPreparingThread,
}: {
  settings: PrepareSettings
  /** Far below the session's time-out. */
  deadlineMs: number
  startThread?: (settings: PrepareSettings) => Thread
}): Preparer {
  const waiting: Job[] = []
  let current: Job | undefined
  let thread: Thread | undefined
  let isReady = false
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  function next(): void {
    if (current !== undefined || waiting.length === 0 || stopped) return
    thread ??= listenTo(startThread(settings))
    if (!isReady) return // loading its modules is not the conversation's doing
    current = waiting.shift()
    thread.postMessage(current?.conversation)
    void watch(thread, current)
  }

  /**
   * CPU time of the thread counts: on a busy machine, or while the whole process is stopped, time passes without it. A
   * thread that does not even say how much it has used is in native code; that one has `GRACE` times the time.
   */
  async function watch(worker: Thread, job: Job | undefined): Promise<void> {
    const isOver = () => job !== current || worker !== thread
    const before = await usedMs(worker)
    for (let waits = 1; !isOver(); waits++) {
      await new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)))
      if (isOver()) return
      const used = await within(deadlineMs / 4, usedMs(worker))
      if (isOver()) return
      const took = used === LATE || used === null || before === null ? 0 : used - before
      if (took >= deadlineMs || waits >= GRACE) return giveUp(`preparing it took more than ${deadlineMs} ms`)
    }
  }

  function listenTo(started: Thread): Thread {
    started.on('message', (message: ThreadAnswer | 'ready') => {
      if (started !== thread) return // it had been given up
      if (message === 'ready') {
        isReady = true
        return next()
      }
      const job = take()
      if ('error' in message) job?.fail(message.error)
      else job?.end({ kind: 'prepared', prepared: message.prepared })
      next()
    })
    started.on('error', (error: Error & { code?: string }) => {
      if (started !== thread) return
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        return giveUp(`preparing it took more than ${THREAD_MEMORY_MB} MB of memory`)
      thread = undefined
      isReady = false
      const failing = take()
      for (const job of failing === undefined ? waiting.splice(0) : [failing]) job.fail(error)
      next()
    })
    return started
  }

  /**
   * Not awaited: a regular expression is interrupted at once, native code runs to its end, and the next should not wait
   * for it.
   */
  function giveUp(detail: string): void {
    void thread?.terminate()
    thread = undefined
    isReady = false
    take()?.end({ kind: 'too_costly', detail })
    next()
  }

  function take(): Job | undefined {
    clearTimeout(timer)
    const job = current
    current = undefined
    return job
  }

  return {
    prepare: (conversation, bytes) =>
      bytes <= MAX_INLINE_BYTES
        ? prepareConversation(conversation, settings)
        : new Promise((end, fail) => {
            if (stopped) return end({ kind: 'stopped' })
            waiting.push({ conversation, end, fail })
            next()
          }),
    stop: async () => {
      stopped = true
      const jobs = [take(), ...waiting.splice(0)]
      for (const job of jobs) job?.end({ kind: 'stopped' })
      await thread?.terminate()
    },
  }
}

interface Job {
  conversation: ConversationReceived
  end: (preparation: Preparation) => void
  fail: (error: unknown) => void
}

export type Thread = Pick<Worker, 'on' | 'postMessage' | 'terminate' | 'cpuUsage'>

/** Deadlines that pass before a thread is ended that has not used so much. */
const GRACE = 8

/** Null when it has ended meanwhile. */
async function usedMs(thread: Thread): Promise<number | null> {
  try {
    const { user, system } = await thread.cpuUsage()
    return (user + system) / 1_000
  } catch {
    return null
  }
}

/** Most conversations are smaller; the most hostile text of this size that is known takes 25 ms. */
export const MAX_INLINE_BYTES = 24 * 1024

/**
 * Ten times what two hostile megabytes take. Not less: where the limit is met while a message is received, V8 ends the
 * whole process instead of the thread.
 */
const THREAD_MEMORY_MB = 512

function startPreparingThread(settings: PrepareSettings): Thread {
  const worker = new Worker(new URL('prepare-in-thread.ts', import.meta.url), {
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB, maxYoungGenerationSizeMb: 4 },
  })
  worker.unref() // it keeps no process alive that has nothing else to do
  return worker
}
