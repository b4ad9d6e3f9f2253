/** What a lookup of a writer schema can end in; `away` is never remembered. */
export type Answer<W> = { kind: 'writer'; writer: W } | { kind: 'unknown' } | { kind: 'away'; detail: string }

export interface Writers<W> {
  /** The writer, or that its id was unknown a moment ago, without asking. */
  known(id: number): W | 'unknown' | undefined
  /** Asks for an id that is not known; questions for one id at one time are one question. */
  find(id: number): Promise<Answer<W>>
  set(id: number, writer: W): void
}

const MAX_WRITERS = 256
const MAX_UNKNOWN = 1024

/**
 * The writers of a topic by schema id (I8: both memories are bounded, the oldest entry goes first). An id stands for one
 * schema for ever, so a writer is kept; an unknown id may be registered later, so it is forgotten after `unknownIdTtlMs`.
 * They are apart, so that a stream of made-up ids cannot push the writers out.
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

  return {
    known,
    find(id) {
      const asked = asking.get(id) ?? ask(id).finally(() => asking.delete(id))
      asking.set(id, asked)
      return asked
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
