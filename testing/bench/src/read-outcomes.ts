import { setTimeout as sleep } from 'node:timers/promises'
import { conversationId } from './fill-backlog.ts'
import { followTopics } from './follow-topics.ts'
import type { Pipeline } from './start-bed.ts'

export interface Outcomes {
  /** Conversations with an outcome. */
  done(): number
  /** Conversations that were given up. */
  failed(): number
  /**
   * Of the conversations numbered below `published`: without any outcome, with more than one insight id, records too
   * many.
   */
  account(published: number): { lost: number; duplicateIds: number; repeatedRecords: number }
  /** Waits until all below `published` have an outcome, or until none comes for `stallMs`: then what misses is lost. */
  drain(published: number, stallMs: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Keeps count of what became of each conversation, from the topics of insights and failures. */
export async function readOutcomes(pipeline: Pipeline, signal: AbortSignal): Promise<Outcomes> {
  const insightIds = new Map<string, Set<string>>()
  const failedIds = new Set<string>()
  let records = 0
  const reader = await followTopics(pipeline, {
    insightsProduced: (insight) => {
      records += 1
      const ids = insightIds.get(insight.conversation_id)
      if (ids === undefined) insightIds.set(insight.conversation_id, new Set([insight.insight_id]))
      else ids.add(insight.insight_id)
    },
    analysisFailed: (failure) => void failedIds.add(failure.conversation_id ?? failure.failure_id),
  })
  const done = () => insightIds.size + failedIds.size

  return {
    done,
    failed: () => failedIds.size,
    account: (published) => {
      const numbers = Array.from({ length: published }, (_, number) => conversationId(number))
      const lost = numbers.filter((id) => !insightIds.has(id) && !failedIds.has(id)).length
      const duplicateIds = [...insightIds.values()].filter((ids) => ids.size > 1).length
      return { lost, duplicateIds, repeatedRecords: records - insightIds.size }
    },
    drain: async (published, stallMs) => {
      let before = done()
      for (let deadline = performance.now() + stallMs; done() < published;) {
        if (done() > before) {
          before = done()
          deadline = performance.now() + stallMs
        }
        if (performance.now() > deadline) return
        await sleep(200, undefined, { signal })
      }
    },
    [Symbol.asyncDispose]: async () => reader[Symbol.asyncDispose](),
  }
}
