/** What a lookup of a writer schema can end in; `away` is never remembered. */
export type Answer<W> = { kind: 'writer'; writer: W } | { kind: 'unknown' } | { kind: 'away'; detail: string }

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
export function rememberWriters<W>(options: {
  lookUp: (id: number) => Promise<Answer<W>>
  /** Whether it takes up next to nothing. */
  isSmall: (writer: W) => boolean
  now: () => number
  unknownIdTtlMs: number
}): Writers<W> {
  const { lookUp, isSmall, now, unknownIdTtlMs } = options
  const kept = new Map<number, W>()
  const writers = new Map<number, W>()
  const small = new Map<number, W>()
  const unknownUntil = new Map<number, number>()
  const asking = new Map<number, Promise<Answer<W>>>()
  const ahead = new Set<number>()
  let askingAhead = 0

  function known(id: number): W | 'unknown' | undefined {
    const own = kept.get(id)
    if (own !== undefined) return own
    for (const [entries, limit] of [
      [writers, MAX_WRITERS],
      [small, MAX_SMALL],
    ] as const) {
      const writer = entries.get(id)
      if (writer === undefined) continue
      remember(entries, id, writer, limit)
      return writer
    }
    const until = unknownUntil.get(id)
    if (until === undefined) return undefined
    if (now() < until) return 'unknown'
    unknownUntil.delete(id)
    return undefined
  }

  async function ask(id: number): Promise<Answer<W>> {
    const answer = await lookUp(id)
    if (answer.kind === 'writer') {
      if (isSmall(answer.writer)) remember(small, id, answer.writer, MAX_SMALL)
      else remember(writers, id, answer.writer, MAX_WRITERS)
    }
    if (answer.kind === 'unknown') remember(unknownUntil, id, now() + unknownIdTtlMs, MAX_UNKNOWN)
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

function remember<V>(entries: Map<number, V>, id: number, entry: V, limit: number): void {
  entries.delete(id)
  entries.set(id, entry)
  const oldest = entries.keys().next()
  if (entries.size > limit && !oldest.done) entries.delete(oldest.value)
}
