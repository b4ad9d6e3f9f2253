import type { Effort } from './model-parameters.ts'

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
