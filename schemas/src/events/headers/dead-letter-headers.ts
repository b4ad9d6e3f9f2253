/**
 * The headers by which Kafka's own tools know a dead letter (KIP-1191), and what each says. Values are UTF-8 text,
 * numbers in decimal. They are about the record that failed itself, also where that was published again.
 */
export const DEAD_LETTER_HEADERS = {
  '__dlq.errors.topic': 'The topic of the record that failed',
  '__dlq.errors.partition': 'Its partition',
  '__dlq.errors.offset': 'Its offset',
  '__dlq.errors.group': 'The consumer group that gave it up',
  '__dlq.errors.delivery.count': 'How often it was tried: the attempts charged to it, at least 1',
  '__dlq.errors.message': 'Why it failed, in one line of at most 500 characters before escapes',
} as const
export type DeadLetterHeader = keyof typeof DEAD_LETTER_HEADERS

/** Also of names that a later Kafka adds: on the record of another failure none of them is true. */
export const isDeadLetterHeader = ({ name }: { name: string }): boolean => name.startsWith('__dlq.errors.')
