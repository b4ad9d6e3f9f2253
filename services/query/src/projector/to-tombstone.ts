import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { erasedThroughHeader } from '@insights/schemas/events/erased-through'

/** Erases what a conversation submitted up to then (epoch ms), and nothing that came or comes later. */
export const toTombstone = (
  id: string,
  { topic, erasedThrough }: { topic: string; erasedThrough: number },
): OutgoingRecord => ({ topic, key: id, value: null, headers: [erasedThroughHeader(erasedThrough)] })
