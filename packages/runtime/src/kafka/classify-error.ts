/**
 * Whether an error of kafkajs tells of the world (a broker away, a coordinator moving, a timeout), which passes by
 * itself, or of something that another try cannot fix (authentication, authorisation, a bug of ours).
 */
export function isOutage(error: unknown): boolean {
  for (const e of causes(error)) {
    if (OUTAGE_NAMES.has(e.name) || OUTAGE_TYPES.has(e.type ?? '')) return true
    if (e.name === 'KafkaJSProtocolError' && e.retriable === true) return true
  }
  return false
}

/** The broker's error code (`MESSAGE_TOO_LARGE`, `UNKNOWN_MEMBER_ID`, …) among the causes of a kafkajs error. */
export function hasErrorType(error: unknown, ...types: string[]): boolean {
  return causes(error).some((e) => e.type !== undefined && types.includes(e.type))
}

/**
 * Whether the error says that the member's generation is over. kafkajs then joins again by itself; after any other
 * error (a connection that broke) it goes on in the same generation, so that is not an end: no join would follow.
 */
export function endsGeneration(error: unknown): boolean {
  return hasErrorType(
    error,
    'REBALANCE_IN_PROGRESS',
    'UNKNOWN_MEMBER_ID',
    'ILLEGAL_GENERATION',
    'NOT_COORDINATOR_FOR_GROUP',
  )
}

interface KafkaJsError extends Error {
  type?: string
  retriable?: boolean
  originalError?: unknown
}

const OUTAGE_NAMES = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSStaleTopicMetadataAssignment',
  'KafkaJSTimeout',
  'KafkaJSTopicMetadataNotLoaded',
])
/** Not marked retriable by kafkajs, but a new member or a new producer fixes them. */
const OUTAGE_TYPES = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'NOT_CONTROLLER',
])

function causes(error: unknown): KafkaJsError[] {
  const found: KafkaJsError[] = []
  let next: unknown = error
  while (next instanceof Error && !found.includes(next)) {
    found.push(next)
    next = next.cause ?? (next as KafkaJsError).originalError
  }
  return found
}
