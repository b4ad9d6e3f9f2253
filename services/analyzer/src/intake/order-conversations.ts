export interface ConversationOrder<W extends Ordered> {
  /**
   * True: go ahead. False: it waits behind an older submission of its conversation, and `leave` or `drop` hands it out.
   */
  enter(work: W): boolean
  /** It is concluded (or gave up waiting). The one that may go ahead now, if there is one. */
  leave(work: Ordered): W | undefined
  /** Partitions are lost: takes out what is gone, waiting or not, and tells which ones may go ahead now. */
  drop(isGone: (work: W) => boolean): { gone: W[]; next: W[] }
  /** Conversations that have something in work. */
  size(): number
}

/** The same piece of work is known by its record: the object is copied, for another attempt for instance. */
export interface Ordered {
  conversationId: string
  record: object
}

/**
 * At most one submission of a conversation is in work at a time, in the order of arrival. So the newest answer is
 * published last, which matters where compaction keeps only the last record of a key, and an identical submission finds
 * the answer of the one before in the memory. Only one that was dropped may still be in work beside the next one: none
 * waits for its end. Holds exactly what is in work (I8).
 */
export function createConversationOrder<W extends Ordered>(): ConversationOrder<W> {
  const conversations = new Map<string, Map<object, W>>() // by record; the first is in work, the others wait

  /** Takes it out; the one that follows when it was the first. */
  function takeOut({ conversationId, record }: Ordered): W | undefined {
    const works = conversations.get(conversationId)
    const [first] = works?.keys() ?? []
    if (works === undefined || !works.delete(record)) return undefined
    const [next] = works.values()
    if (next === undefined) conversations.delete(conversationId)
    return first === record ? next : undefined
  }

  return {
    enter: (work) => {
      const works = conversations.get(work.conversationId) ?? new Map<object, W>()
      conversations.set(work.conversationId, works.set(work.record, work))
      return works.size === 1
    },
    leave: takeOut,
    drop: (isGone) => {
      const gone: W[] = []
      const next: W[] = []
      for (const works of conversations.values()) {
        const [first] = works.values()
        const going = [...works.values()].filter((work) => isGone(work))
        gone.push(...going)
        going.forEach(takeOut)
        const [leader] = works.values()
        if (leader !== undefined && leader !== first) next.push(leader)
      }
      return { gone, next }
    },
    size: () => conversations.size,
  }
}
