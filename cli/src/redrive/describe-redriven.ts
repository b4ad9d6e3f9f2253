import { topics } from '@insights/schemas/topics'
import { CommandFault } from '../describe-fault.ts'
import { count, describeSpan } from '@insights/runtime/show-progress'
import { describeTally, sumOf } from '@insights/pipeline/publish-again/tally'
import type { Redriven } from '@insights/pipeline/redrive/redrive-failures'

/**
 * What was done, in lines for an operator. @param now epoch ms
 * @throws CommandFault when failures were asked for by their ids and there is none
 */
export function describeRedriven(
  done: Redriven,
  { dryRun, rate, now }: { dryRun: boolean; rate: number; now: number },
): string[] {
  const { read, selected, published, left, unmatched, oldest } = done
  const missing = unmatched.slice(0, MOST_NAMED).join(', ') + (unmatched.length > MOST_NAMED ? ', …' : '')
  const gone = `no failure among ${count(read)} has the id ${missing}: it never failed, or longer than ${KEPT} days ago`
  if (unmatched.length > 0 && selected === 0) throw new CommandFault(gone)
  return [
    `${count(read)} failures read, ${count(selected)} selected, ${count(sumOf(published))} originals ${dryRun ? 'would be ' : ''}published`,
    ...describeTally(published),
    ...(dryRun && published.size > 0
      ? [`  at ${rate} a second: ${describeSpan((sumOf(published) / rate) * 1_000)}`]
      : []),
    ...(sumOf(left) === 0 ? [] : [`${count(sumOf(left))} were left alone:`, ...describeTally(left)]),
    ...(unmatched.length > 0 ? [gone] : []),
    ...(oldest !== null && now - oldest > FORGOTTEN_MS ? [FORGOTTEN] : []),
  ]
}

const MOST_NAMED = 10
const DAY_MS = 86_400_000
const KEPT = Number(topics.analysisFailed.config['retention.ms']) / DAY_MS

/** Tombstones and submissions stay so long in their topics. */
const FORGOTTEN_MS = Number(topics.insightsProduced.config['delete.retention.ms'])
const FORGOTTEN =
  `originals of more than ${FORGOTTEN_MS / DAY_MS} days ago are among them: of an erasure and of a newer submission that old ` +
  'the topics may say nothing any more; the tables know of both, and take no older analysis'
