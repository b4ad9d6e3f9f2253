import type { z } from 'zod'
import type { Conversation } from './conversation.ts'

/** For the description of the API. */
export const conversationExample: z.infer<typeof Conversation> = {
  conversation_id: 'ticket-4711',
  status: 'completed',
  received_at: '2026-11-28T09:14:30.193Z',
  started_at: '2026-11-28T09:14:30.534Z',
  finished_at: '2026-11-28T09:14:31.204Z',
  occurred_at: '2026-11-28T09:14:05.000Z',
  attempts: 1,
  source: 'http',
  lane: 'live',
  submission_id: '01a22a39-b30a-767a-a811-49b4ca41c389',
  origin: { topic: 'conversations.received', partition: 5, offset: 4711, appended_at: '2026-11-28T09:14:30.193Z' },
  insight: {
    conversation_id: 'ticket-4711',
    sentiment_score: -0.72,
    clusters: ['delivery'],
    confidence: 0.91,
    reasoning: 'The order arrived broken.',
    model: 'grok-4.3',
    created_at: '2026-11-28T09:14:31.204Z',
    occurred_at: '2026-11-28T09:14:05.000Z',
    truncated: false,
    insight_id: 'cc3977c0-ee5b-568c-b216-f9a0f7e02100',
    is_of_newest_submission: true,
    attempts: 1,
    prompt_version: '1.1.0+ca0ca1a9',
    call_id: '01a22a39-b465-75b3-9ded-a3a673e626aa',
    usage: { prompt_tokens: 875, cached_tokens: 828, completion_tokens: 54, reasoning_tokens: 0 },
    cost_usd: '0.0003593500',
  },
  failure: null,
  metadata: { channel: 'email', product: 'espresso' },
  messages: [
    { author_id: 'c-17', text: 'My order arrived broken.', timestamp: '2026-11-28T09:14:05.000Z', inbound: true },
  ],
  previous: [],
  timeline: [
    { stage: 'occurred', at: '2026-11-28T09:14:05.000Z' },
    { stage: 'received', at: '2026-11-28T09:14:30.193Z' },
    { stage: 'started', at: '2026-11-28T09:14:30.534Z', detail: 'attempt 1' },
    { stage: 'completed', at: '2026-11-28T09:14:31.204Z', detail: 'by grok-4.3' },
  ],
}
