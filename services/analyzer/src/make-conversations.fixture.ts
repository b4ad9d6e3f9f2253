import { randomUUID } from 'node:crypto'
import type { ConversationReceived } from '@insights/schemas/conversation-received'
import { PRIVATE } from '@insights/stack/private-texts'

const TEXTS = [
  'My parcel is ten days late and nobody answers. I am furious.',
  'Thank you, the refund arrived quickly. Great support!',
  'How do I change the address of my order?',
  'The app crashes whenever I log in. Please fix it.',
]

export function conversation(name: string): ConversationReceived {
  const text = `${TEXTS[name.length % TEXTS.length]} (${name})`
  return {
    conversation_id: `${PRIVATE}${name}`,
    messages: [
      { author_id: `${PRIVATE}customer`, text, timestamp: null, inbound: true },
      { author_id: `${PRIVATE}agent`, text: 'Thanks for writing, let me look.', timestamp: null, inbound: false },
    ],
    metadata: JSON.stringify({ channel: `${PRIVATE}chat` }),
    source: `${PRIVATE}test`,
    submission_id: randomUUID(),
  }
}

export const conversations = (name: string, count: number): ConversationReceived[] =>
  Array.from({ length: count }, (_, i) => conversation(`${name}-${i}`))
