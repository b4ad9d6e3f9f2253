import { ConversationReceived } from '@insights/schemas/events/conversation-received'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conversationRequest } from './conversation-request.ts'
import { toConversationReceived } from './to-conversation-received.ts'

const ConversationRequest = conversationRequest(10)

const body = fc.record(
  {
    conversation_id: fc.option(fc.string({ unit: 'binary', maxLength: 210 })),
    messages: fc.array(
      fc.record(
        {
          text: fc.string({ unit: 'binary' }),
          author_id: fc.option(fc.string()),
          timestamp: fc.option(
            fc.oneof(
              fc.double(),
              fc.integer(),
              fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
            ),
          ),
          inbound: fc.option(fc.boolean()),
        },
        { requiredKeys: ['text'] },
      ),
      { maxLength: 3 },
    ),
    metadata: fc.dictionary(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: ['messages'] },
)

test('whatever the door lets in is an event that the contract lets out', () => {
  fc.assert(
    fc.property(body, fc.uuid(), (json, uuid) => {
      const request = ConversationRequest.safeParse(json)
      fc.pre(request.success)
      const conversationId = request.data.conversation_id ?? 'made'
      const event = toConversationReceived(request.data, { conversationId, submissionId: uuid })
      expect(ConversationReceived.parse(event)).toEqual(event)
    }),
  )
})

test('the text of a message is passed on as it is, blanks, line ends and all', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
      const request = ConversationRequest.parse({ messages: [{ text }] })
      const event = toConversationReceived(request, { conversationId: 'c', submissionId: 's' })
      expect(event.messages).toEqual([{ author_id: null, text, timestamp: null, inbound: null }])
    }),
  )
})
