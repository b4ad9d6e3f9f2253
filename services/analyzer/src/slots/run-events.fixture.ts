/** What happens when, as a binary heap; equal times in the order they were asked for. */
export function createEvents() {
  const heap: { time: number; order: number; run: () => void }[] = []
  let now = 0
  let orders = 0
  type Event = (typeof heap)[number]
  const isBefore = (a: Event, b: Event) => a.time < b.time || (a.time === b.time && a.order < b.order)
  const get = (i: number) => heap[i] as Event

  function swap(i: number, j: number) {
    const event = get(i)
    heap[i] = get(j)
    heap[j] = event
  }

  function pop(): Event {
    const first = get(0)
    const last = heap.pop() as Event
    if (heap.length === 0) return first
    heap[0] = last
    for (let i = 0; ;) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < heap.length && isBefore(get(child), get(least))) least = child
      if (least === i) return first
      swap(i, least)
      i = least
    }
  }

  return {
    now: () => now,
    at: (time: number, run: () => void) => {
      heap.push({ time: Math.max(now, time), order: orders++, run })
      for (let i = heap.length - 1; i > 0 && isBefore(get(i), get((i - 1) >> 1)); i = (i - 1) >> 1)
        swap(i, (i - 1) >> 1)
    },
    runUntil: (end: number) => {
      while (heap.length > 0 && get(0).time <= end) {
        const event = pop()
        now = event.time
        event.run()
      }
    },
  }
}

export type Events = ReturnType<typeof createEvents>
