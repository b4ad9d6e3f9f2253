/** What a lookup of a writer schema can end in; `away` is never remembered. */
export type Answer<W> = { kind: 'writer'; writer: W } | { kind: 'unknown' } | { kind: 'away'; detail: string }

export interface Writers<W> {
  /** The writer, or that its id was unknown a moment ago, without asking. */
  known(id: number): W | 'unknown' | undefined
  /** Asks for an id that is not known; questions for one id at one time are one question. */
  find(id: number): Promise<Answer<W>>
  /** Asks for ids that will be wanted soon, several at a time, and returns at once. */
  askAhead(ids: Iterable<number>): void
  set(id: number, writer: W): void
}

const MAX_WRITERS = 128
const MAX_UNKNOWN = 32_768

/** What was found out ahead must still be known when it is wanted. */
const MAX_AHEAD = MAX_UNKNOWN / 2
const AHEAD_AT_ONCE = 6

/**
 * The writers of a topic by schema id (I8: all memories are bounded, the oldest entry goes first). An id stands for one
 * schema for ever, so a writer is kept; an unknown id may be registered later, so it is forgotten after
 * `unknownIdTtlMs`. They are apart, so that a stream of made-up ids cannot push the writers out.
 */
export function rememberWriters<W>(options: {
  lookUp: (id: number) => Promise<Answer<W>>
  now: () => number
  unknownIdTtlMs: number
}): Writers<W> {
  const { lookUp, now, unknownIdTtlMs } = options
  const writers = new Map<number, W>()
  const unknownUntil = new Map<number, number>()
  const asking = new Map<number, Promise<Answer<W>>>()
  const ahead = new Set<number>()
  let askingAhead = 0

  function known(id: number): W | 'unknown' | undefined {
    const writer = writers.get(id)
    if (writer !== undefined) return writer
    const until = unknownUntil.get(id)
    if (until === undefined) return undefined
    if (now() < until) return 'unknown'
    unknownUntil.delete(id)
    return undefined
  }

  async function ask(id: number): Promise<Answer<W>> {
    const answer = await lookUp(id)
    if (answer.kind === 'writer') remember(writers, id, answer.writer, MAX_WRITERS)
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
    set: (id, writer) => remember(writers, id, writer, MAX_WRITERS),
  }
}

function remember<V>(entries: Map<number, V>, id: number, entry: V, limit: number): void {
  entries.delete(id)
  entries.set(id, entry)
  const oldest = entries.keys().next()
  if (entries.size > limit && !oldest.done) entries.delete(oldest.value)
}
