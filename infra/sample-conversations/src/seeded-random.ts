/** A source of repeatable choices. */
export interface Random {
  /** In [0, 1). */
  next(): number
  chance(share: number): boolean
  /** A whole number, both ends included. */
  between(low: number, high: number): number
  pick<T>(choices: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
}

/**
 * sfc32 over a seed and a stream: the same pair gives the same numbers on every machine, and streams of one seed have
 * nothing to do with each other, so that the hundredth conversation does not depend on how long the others were.
 */
export function seededRandom(seed: number, stream: number): Random {
  let [a, b, c, counter] = [seed >>> 0, stream >>> 0, 0x9e3779b9, 1]
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  // The state begins almost empty: these rounds spread the seed over all of it.
  for (let round = 0; round < 16; round += 1) next()

  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick: (choices) => {
      const choice = choices[between(0, choices.length - 1)]
      if (choice === undefined) throw new Error('nothing to pick from')
      return choice
    },
    shuffle: (list) => {
      const shuffled = [...list]
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const other = between(0, last)
        const [moved] = shuffled.splice(other, 1, shuffled[last] as (typeof shuffled)[number])
        shuffled[last] = moved as (typeof shuffled)[number]
      }
      return shuffled
    },
  }
}

/** Deals from a shuffled deck and shuffles again when it is empty: every card comes, in the shares of the deck. */
export function dealFrom<T>(cards: readonly T[], random: Random): () => T {
  let deck: T[] = []
  return () => {
    if (deck.length === 0) deck = random.shuffle(cards)
    return deck.pop() as T
  }
}
