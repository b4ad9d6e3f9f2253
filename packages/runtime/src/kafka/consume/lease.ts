/** The right to work on a generation's partitions. */
export interface Lease {
  /** Counts the joins of this process. */
  readonly epoch: number
  /** Aborts when the generation's partitions are lost, or may be. */
  readonly signal: AbortSignal
}

interface Leases {
  current(): Lease
  /** The generation in force may be over: work of it stops. */
  lose(): void
  /** A join has happened. */
  renew(): Lease
  /** Whether no join has happened since: until then an aborted lease may commit, so that work in flight can finish. */
  isNewest(lease: Lease): boolean
}

/** One lease at a time; before the first join there is an aborted one. */
export function createLeases(): Leases {
  let epoch = 0
  let controller = new AbortController()
  controller.abort()
  let lease: Lease = { epoch, signal: controller.signal }
  return {
    current: () => lease,
    lose: () => controller.abort(),
    renew: () => {
      controller.abort()
      controller = new AbortController()
      lease = { epoch: ++epoch, signal: controller.signal }
      return lease
    },
    isNewest: (other) => other.epoch === epoch,
  }
}
