import type { PublishResult } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import type { Step } from '@insights/runtime/show-progress'
import type { Clock } from '../publish-again/publish-in-order.ts'
import { add, type Tally } from '../publish-again/tally.ts'
import { planRedrive, type Topics } from './plan-redrive.ts'
import { publishPlan } from './publish-plan.ts'
import type { Selection } from './select-failures.ts'

export interface Redriven {
  /** Failures read, and those that the selection took: each of them was published or left. */
  read: number
  selected: number
  /** By class. */
  published: Tally
  /** By the reason. */
  left: Tally
  /** Selected ids that no failure has. */
  unmatched: string[]
  /** Epoch ms of the oldest original that is published; null when none is. */
  oldest: number | null
}

/**
 * Publishes the original of each selected failure again, as it is planned; with `dryRun` it only says what it would.
 * @throws PipelineFault when the registry is away or the broker does not acknowledge: what was published stays
 */
export async function redriveFailures({
  publish,
  selection,
  rate,
  dryRun,
  clock,
  report,
  step,
  most,
  ...topics
}: Topics & {
  publish: (record: OutgoingRecord) => Promise<PublishResult>
  selection: Selection
  /** Records a second. */
  rate: number
  dryRun: boolean
  clock: Clock
  report: (line: string) => void
  step: Step
  most?: number
}): Promise<Redriven> {
  const plan = await planRedrive({ ...topics, selection, report, ...(most !== undefined && { most }) })
  const { wanted, read, selected, unmatched, left } = plan
  const published: Tally = new Map()
  if (dryRun) for (const original of wanted) add(published, original.class)
  else {
    const progress = step('published', wanted.length)
    await publishPlan(plan, {
      ...topics,
      publish,
      rate,
      clock,
      onPublished: (original) => {
        add(published, original.class)
        progress(1)
      },
      onLeft: () => progress(1),
    })
  }
  return { read, selected, unmatched, left, published, oldest: wanted[0]?.origin.appended_at ?? null }
}
