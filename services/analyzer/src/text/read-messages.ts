import type { Message } from '@insights/schemas/events/conversation-received'
import { isHtml } from './html/is-html.ts'
import { readHtml } from './html/read-html.ts'

/** A message as a person reads it. */
export interface ReadMessage extends Pick<Message, 'inbound'> {
  text: string
  /** What a page holds and does not show. */
  hidden: string
}

/**
 * The messages in the order in which they were written, where each says when: exports list the newest first as often as
 * last. HTML is read as its text, everything else as it is.
 */
export const readMessages = (messages: readonly Written[]): ReadMessage[] =>
  inOrder(messages).map(({ text, inbound }) => {
    if (!isHtml(text)) return { inbound, text, hidden: '' }
    const { shown, hidden } = readHtml(text)
    return { inbound, text: shown, hidden }
  })

type Written = Pick<Message, 'text' | 'inbound' | 'timestamp'>

/** Those of one time stay in the order of the array. */
const inOrder = (messages: readonly Written[]): readonly Written[] =>
  messages.every(({ timestamp }) => timestamp !== null)
    ? messages.toSorted((one, other) => (one.timestamp ?? 0) - (other.timestamp ?? 0))
    : messages
