/** Pieces of work of which many run at once, or one alone: in the order in which they came. */
export interface AloneRunner {
  run<T>(work: () => Promise<T>, options: { alone: boolean }): Promise<T>
}

export function createAloneRunner(): AloneRunner {
  const waiting: { alone: boolean; enter: () => void }[] = []
  let inside = 0
  let isAlone = false

  const fits = (alone: boolean) => (alone ? inside === 0 : !isAlone)

  function enter(alone: boolean): void {
    inside++
    isAlone = alone
  }

  function letIn(): void {
    for (let first = waiting[0]; first !== undefined && fits(first.alone); first = waiting[0]) {
      waiting.shift()
      enter(first.alone)
      first.enter()
    }
  }

  return {
    run: async (work, { alone }) => {
      if (waiting.length === 0 && fits(alone)) enter(alone)
      else await new Promise<void>((resolve) => waiting.push({ alone, enter: resolve }))
      try {
        return await work()
      } finally {
        inside--
        isAlone = false
        letIn()
      }
    },
  }
}
