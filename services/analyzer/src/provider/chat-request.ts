import { maxCompletionTokens, type Effort } from './model-parameters.ts'
import type { Question } from './provider.ts'

/** Which model is asked, and how. */
export interface ModelSettings {
  model: string
  effort: Effort | undefined
  responseFormat: 'json_schema' | 'json_object'
}

/** The body of `POST /chat/completions` as far as it is used here. */
export interface ChatRequest {
  model: string
  messages: [{ role: 'system'; content: string }, { role: 'user'; content: string }]
  response_format:
    | { type: 'json_schema'; json_schema: { name: string; strict: true; schema: Record<string, unknown> } }
    | { type: 'json_object' }
  temperature: number
  max_completion_tokens: number
  reasoning_effort?: Effort
}

/** A question as xAI's chat completions take it. */
export function toChatRequest({ system, user, answerSchema, results }: Question, settings: ModelSettings): ChatRequest {
  return {
    ...parametersOf(settings, results),
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
    response_format:
      settings.responseFormat === 'json_object'
        ? { type: 'json_object' }
        : {
            type: 'json_schema',
            json_schema: { name: 'conversation_insights', strict: true, schema: answerSchema },
          },
  }
}

export function parametersOf({ model, effort }: Omit<ModelSettings, 'responseFormat'>, results: number) {
  return {
    model,
    temperature: 0,
    max_completion_tokens: maxCompletionTokens(results),
    ...(effort !== undefined && { reasoning_effort: effort }),
  }
}
