import { AssignerProtocol, type Cluster } from 'kafkajs'

/** What a member says to its group's coordinator. Times are those of `monotonic`. None of these may throw. */
export interface CoordinatorListener {
  /** A join is about to be sent. */
  onJoining(sentAt: number): void
  /** The member is in a generation; kafkajs has not looked at the assignment yet. No user data is an empty buffer. */
  onAssigned(assigned: { generationId: number; sentAt: number; userData: Buffer }): void
  /** A heartbeat was answered well. */
  onHeartbeat(heartbeat: { sentAt: number; generationId: number }): void
  onHeartbeatFailed(error: unknown): void
}

/**
 * kafkajs' events tell neither the generation, nor the assignment's user data, nor when a heartbeat was sent (a lease
 * counts from then: the answer may be read a whole stop of the process later). So the calls themselves are watched: an
 * assigner's factory is given the consumer's cluster. `sentAt` is taken before the request is handed to its connection,
 * so it is early rather than late. What the calls return or throw passes through unchanged.
 */
export function watchCoordinator(
  cluster: Cluster,
  listener: CoordinatorListener,
  { groupId, monotonic }: { groupId: string; monotonic: () => number },
): void {
  const { findGroupCoordinator } = cluster as unknown as CoordinatorFinder
  const watched = new WeakSet<Coordinator>()

  /** `before` is called as the request leaves, and gives what to do with its answer. */
  function wrap<Request extends { groupId: string }, Answer>(
    send: (request: Request) => Promise<Answer>,
    before: (request: Request, sentAt: number) => ((answer: Answer) => void) | undefined,
    onError?: (error: unknown) => void,
  ): (request: Request) => Promise<Answer> {
    return async (request) => {
      if (request.groupId !== groupId) return send(request)
      const answered = before(request, monotonic())
      let answer: Answer
      try {
        answer = await send(request)
      } catch (error) {
        onError?.(error)
        throw error
      }
      answered?.(answer)
      return answer
    }
  }

  function watch(coordinator: Coordinator): void {
    if (watched.has(coordinator)) return
    watched.add(coordinator)
    coordinator.joinGroup = wrap(coordinator.joinGroup.bind(coordinator), (_, sentAt) => {
      listener.onJoining(sentAt)
      return undefined
    })
    coordinator.syncGroup = wrap(
      coordinator.syncGroup.bind(coordinator),
      ({ generationId }, sentAt) =>
        ({ memberAssignment }) =>
          listener.onAssigned({ generationId, sentAt, userData: userDataOf(memberAssignment) }),
    )
    coordinator.heartbeat = wrap(
      coordinator.heartbeat.bind(coordinator),
      ({ groupGenerationId }, sentAt) =>
        () =>
          listener.onHeartbeat({ sentAt, generationId: groupGenerationId }),
      listener.onHeartbeatFailed,
    )
  }

  ;(cluster as unknown as CoordinatorFinder).findGroupCoordinator = async (request) => {
    const coordinator = await findGroupCoordinator.call(cluster, request)
    watch(coordinator)
    return coordinator
  }
}

/** As much of kafkajs' cluster and broker as is watched; the types it publishes do not name it. */
interface CoordinatorFinder {
  findGroupCoordinator(request: object): Promise<Coordinator>
}
interface Coordinator {
  joinGroup(request: { groupId: string }): Promise<unknown>
  syncGroup(request: { groupId: string; generationId: number }): Promise<{ memberAssignment: Buffer | null }>
  heartbeat(request: { groupId: string; groupGenerationId: number }): Promise<unknown>
}

/** An assignment that cannot be read says nothing here; kafkajs reads it next and ends in the error. */
function userDataOf(memberAssignment: Buffer | null): Buffer {
  try {
    const decoded = memberAssignment === null ? null : AssignerProtocol.MemberAssignment.decode(memberAssignment)
    return (decoded?.userData as Buffer | null | undefined) ?? NOTHING
  } catch {
    return NOTHING
  }
}

const NOTHING = Buffer.alloc(0)
