import { LRUCache } from 'lru-cache'

/**
 * What a lookup of a writer schema can end in. `away` and `unavailable` (the registry answers, but not for this id; for
 * too long when it is overdue) are not remembered here.
 */
export type Answer<W> =
  | { kind: 'writer'; writer: W }
  | { kind: 'unknown' }
  | { kind: 'away'; detail: string }
  | { kind: 'unavailable'; detail: string; isOverdue: boolean }

export interface Writers<W> {
  /** The writer, or that its id was unknown a moment ago, without asking. */
  known(id: number): W | 'unknown' | undefined
  /** Asks for an id that is not known; questions for one id at one time are one question. */
  find(id: number): Promise<Answer<W>>
  /** Asks for ids that will be wanted soon, several at a time, and returns at once. */
  askAhead(ids: Iterable<number>): void
  /** One of our own, which is never forgotten: without the registry our own records are read all the same. */
  keep(id: number, writer: W): void
}

/** Of those that read a record: each may hold a megabyte, and take tens of milliseconds to be made again. */
const MAX_WRITERS = 128
/** Of those that only say why none can be read: a few hundred bytes each. */
const MAX_SMALL = 16_384
const MAX_UNKNOWN = 32_768

/** What was found out ahead must still be known when it is wanted. */
const MAX_AHEAD = MAX_UNKNOWN / 2
const AHEAD_AT_ONCE = 6

/**
 * The writers of a topic by schema id (I8: all memories are bounded, the least recently used goes first). An id stands
 * for one schema for ever, so a writer is kept; an unknown id may be registered later, so it is forgotten after
 * `unknownIdTtlMs`. They are apart, so that neither a stream of made-up ids nor one of registered schemas that are no
 * use to the topic can push out what reads records: a hundred and forty such schemas stopped all partitions.
 */
export function rememberWriters<W extends object | string>(options: {
  lookUp: (id: number) => Promise<Answer<W>>
  /** Whether it takes up next to nothing. */
  isSmall: (writer: W) => boolean
  now: () => number
  unknownIdTtlMs: number
}): Writers<W> {
  const { lookUp, isSmall, now, unknownIdTtlMs } = options
  const kept = new Map<number, W>()
  const writers = new LRUCache<number, W>(atMost(MAX_WRITERS))
  const small = new LRUCache<number, W>(atMost(MAX_SMALL))
  const unknownUntil = new LRUCache<number, number>(atMost(MAX_UNKNOWN))
  const asking = new Map<number, Promise<Answer<W>>>()
  const ahead = new Set<number>()
  let askingAhead = 0

  function known(id: number): W | 'unknown' | undefined {
    const writer = kept.get(id) ?? writers.get(id) ?? small.get(id)
    if (writer !== undefined) return writer
    const until = unknownUntil.get(id)
    if (until === undefined) return undefined
    if (now() < until) return 'unknown'
    unknownUntil.delete(id)
    return undefined
  }

  async function ask(id: number): Promise<Answer<W>> {
    const answer = await lookUp(id)
    if (answer.kind === 'writer') (isSmall(answer.writer) ? small : writers).set(id, answer.writer)
    if (answer.kind === 'unknown') unknownUntil.set(id, now() + unknownIdTtlMs)
    return answer
  }

  function find(id: number): Promise<Answer<W>> {
    ahead.delete(id)
    const asked = asking.get(id) ?? ask(id).finally(() => asking.delete(id))
    asking.set(id, asked)
    return asked
  }

  async function askNext(): Promise<void> {
    askingAhead++
    try {
      for (const id of ahead) {
        ahead.delete(id)
        if (known(id) !== undefined || asking.has(id)) continue
        const answer = await find(id)
        // One record after the other will find that out; hundreds of questions without an answer would only delay
        // them.
        if (answer.kind === 'away') ahead.clear()
      }
    } catch {
      ahead.clear() // our bug: it is thrown to the one who asks for the id next
    } finally {
      askingAhead--
    }
  }

  return {
    known,
    find,
    askAhead(ids) {
      for (const id of ids) if (ahead.size < MAX_AHEAD && known(id) === undefined && !asking.has(id)) ahead.add(id)
      while (askingAhead < Math.min(AHEAD_AT_ONCE, ahead.size)) void askNext()
    },
    keep: (id, writer) => void kept.set(id, writer),
  }
}

/** Counted by `maxSize`: for `max`, lru-cache reserves its memory at once, which is six megabytes for all topics. */
const atMost = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 })
