import { randomInt } from 'node:crypto'
import { suspicionOf } from '@insights/analyzer/text/injection/detect-suspicion'
import { makeCanaries } from '@insights/analyzer/question/make-canaries'
import { scoreConversation } from '@insights/grok-simulator/answers/score-conversation'
import { scorePlainly } from '@insights/grok-simulator/answers/score-plainly'
import { expect, test } from 'vitest'

test('an honest model answers every canary right, and no canary looks like an attack', () => {
  for (let i = 0; i < 2_000; i++)
    for (const { polarity, turns } of makeCanaries('pair', 10, randomInt)) {
      expect(scoreConversation(turns).sentiment_score * polarity, JSON.stringify(turns)).toBeGreaterThan(0.4)
      expect(scorePlainly(turns).sentiment_score * polarity, JSON.stringify(turns)).toBeGreaterThan(0.4)
      expect(suspicionOf(turns)).toBeNull()
    }
})
