import type { Reading as ReadingOf } from '@insights/pipeline/sink/read-batch'
import type { TopicId } from '@insights/schemas/topics'

/** A record of one of the topics, read. */
export type Reading = { [K in TopicId]: ReadingOf<K> }[TopicId]
