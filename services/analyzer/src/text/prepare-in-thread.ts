import { parentPort, workerData } from 'node:worker_threads'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { prepareConversation, type Prepared, type PrepareSettings } from './prepare-conversation.ts'

/** What this thread answers: one answer for each conversation, in the order in which they came. */
export type ThreadAnswer = { prepared: Prepared } | { error: unknown }

// The entry of the thread that `createPreparer` starts.
const settings = workerData as PrepareSettings
parentPort?.on('message', (conversation: ConversationReceived) => parentPort?.postMessage(answer(conversation)))
parentPort?.postMessage('ready')

function answer(conversation: ConversationReceived): ThreadAnswer {
  try {
    return { prepared: prepareConversation(conversation, settings) }
  } catch (error) {
    return { error }
  }
}
