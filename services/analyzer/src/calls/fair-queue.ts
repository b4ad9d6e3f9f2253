/** First come, first served within a group; the groups take turns. */
export interface FairQueue<T> {
  push(item: T): void
  /** What `shift` would give. */
  peek(): T | undefined
  shift(): T | undefined
  /** The first of each group. */
  heads(): T[]
  /** Forgets every item for which `isGone` and returns them. */
  drop(isGone: (item: T) => boolean): T[]
  size(): number
}

export function createFairQueue<T>(groupOf: (item: T) => number): FairQueue<T> {
  /** In the order of their turns: a group that had its turn goes to the end of the map. */
  const groups = new Map<number, Group<T>>()
  let size = 0

  function firstGroup(): [number, Group<T>] | undefined {
    for (const entry of groups) return entry
    return undefined
  }

  return {
    push: (item) => {
      const key = groupOf(item)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { items: [item], taken: 0 })
      else group.items.push(item)
      size++
    },
    peek: () => headOf(firstGroup()?.[1]),
    shift: () => {
      const first = firstGroup()
      if (first === undefined) return undefined
      const [key, group] = first
      const item = headOf(group)
      group.taken++
      size--
      groups.delete(key)
      if (group.taken < group.items.length) groups.set(key, compact(group))
      return item
    },
    heads: () => [...groups.values()].flatMap((group) => headOf(group) ?? []),
    drop: (isGone) => {
      const gone: T[] = []
      for (const [key, { items, taken }] of groups) {
        const left = items.slice(taken)
        gone.push(...left.filter(isGone))
        const kept = left.filter((item) => !isGone(item))
        if (kept.length === 0) groups.delete(key)
        else groups.set(key, { items: kept, taken: 0 })
      }
      size -= gone.length
      return gone
    },
    size: () => size,
  }
}

interface Group<T> {
  items: T[]
  /** Of `items`, what was shifted: moving a long array up for each would cost its length. */
  taken: number
}

const headOf = <T>(group: Group<T> | undefined): T | undefined => group?.items[group.taken]

function compact<T>(group: Group<T>): Group<T> {
  return group.taken < 500 ? group : { items: group.items.slice(group.taken), taken: 0 }
}
