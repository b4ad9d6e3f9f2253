import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import { internalTopicName } from '@insights/schemas/topics'
import type { Pipeline } from './start-bed.ts'

/**
 * The highest back-off step that the analyzers have told each other for a reason, which is how many probes have failed;
 * null when they have told nothing. From their internal topic, whose records of cool-downs are JSON.
 */
export async function readSteps({ kafka, log, prefix }: Pipeline, reason: string): Promise<number | null> {
  let highest: number | null = null
  await readToEnd({
    kafka,
    log,
    topic: internalTopicName('analyzerSignals', prefix),
    onRecords: (records) => {
      for (const { key, value } of records) {
        if (key?.toString() !== 'cooldown' || value === null) continue
        const { hold } = JSON.parse(value.toString()) as { hold: { reason: string; step: number } | null }
        if (hold?.reason === reason) highest = Math.max(highest ?? 0, hold.step)
      }
    },
  })
  return highest
}
