import { randomInt } from 'node:crypto'
import { ItemAnswer } from '@insights/analyzer/question/answer-schema'
import { toChatRequest } from '@insights/analyzer/provider/chat-request'
import { buildPrompt } from '@insights/analyzer/question/prompt'
import { decideAnswer } from '@insights/grok-simulator/answers/decide-answer'
import { scoreConversation } from '@insights/grok-simulator/answers/score-conversation'
import { scorePlainly } from '@insights/grok-simulator/answers/score-plainly'
import type { Completion } from '@insights/grok-simulator/answers/write-answer'
import { createRateLimiter } from '@insights/grok-simulator/limits/limit-rate'
import { expect, test } from 'vitest'

test.each([
  ['json_schema', scoreConversation],
  ['json_schema', scorePlainly],
  ['json_object', scoreConversation],
] as const)(
  'the simulator takes the question of the analyzer and gives every field it asks for: %s',
  (responseFormat, score) => {
    const settings = { model: 'grok-4.3', effort: undefined, responseFormat }
    const items = [{ turns: [{ role: 'customer' as const, text: 'Where is my parcel?' }] }]
    const body = JSON.stringify(toChatRequest(buildPrompt(items, [], randomInt).question, settings))
    const { verdict } = decideAnswer(
      { authorization: 'Bearer key', arrivedAtMs: 0, leaks: false, body },
      {
        gate: { keys: ['key'], rps: 0, tpm: 0, requests: createRateLimiter(1000), tokens: createRateLimiter(60_000) },
        faults: { markers: false, draw: () => null, drawPlace: () => 0 },
        seePrefix: () => false,
        score,
        now: 1_790_000_000,
        newId: () => 'id',
      },
    )
    expect(verdict.kind === 'refused' ? verdict.body : null).toBeNull()
    const { choices } = (verdict as { body: Completion }).body
    const { results } = JSON.parse(choices[0].message.content ?? '') as { results: unknown[] }
    expect(results.map((result) => ItemAnswer.safeParse(result).error?.issues)).toEqual([undefined])
  },
)
