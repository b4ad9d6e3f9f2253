import { z } from 'zod'
import { Count, LongCount, Timestamp } from './scalars.ts'

/** The record in Kafka that something was made from. `appended_at` is the broker's clock, epoch ms. */
export const Origin = z.object({
  topic: z.string().min(1),
  partition: Count,
  offset: LongCount,
  appended_at: Timestamp,
})
export type Origin = z.infer<typeof Origin>
