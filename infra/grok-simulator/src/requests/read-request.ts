import { z } from 'zod'
import { findModel, type Effort, type GrokModel } from './grok-models.ts'
import { refusals, type Refusal } from '../faults/refusals.ts'

const ChatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(z.strictObject({ role: z.string(), content: z.string() })),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({ name: z.string(), strict: z.boolean().optional(), schema: z.unknown().optional() }),
      }),
    ])
    .optional(),
  reasoning_effort: z.enum(['none', 'low', 'medium', 'high', 'xhigh']).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  max_tokens: z.int().positive().nullish(),
  seed: z.int().nullish(),
  n: z.literal(1, 'only one choice is simulated').nullish(),
  stream: z.literal(false, 'streaming is not simulated').nullish(),
  stop: z.unknown().optional(),
  presence_penalty: z.unknown().optional(),
  frequency_penalty: z.unknown().optional(),
})

export type ChatRequest = z.infer<typeof ChatRequest>

/**
 * Parses the bytes of a chat completion request: 400 when they are not JSON, 422 in plain text when fields are wrong.
 * Fields that the protocol does not use break it, also those that xAI knows: what is not meant to be sent must not
 * leave.
 */
export function readRequest(body: string): { kind: 'read'; request: ChatRequest } | Refusal {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch (error) {
    return refusals.notJson((error as SyntaxError).message)
  }
  const parsed = ChatRequest.safeParse(json)
  if (parsed.success) return { kind: 'read', request: parsed.data }
  const strangers = parsed.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []))
  if (strangers.length === parsed.error.issues.length)
    return refusals.brokenProtocol(`it does not send ${strangers.join(', ')}`)
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
  return refusals.wrongBody(faults.join('; '))
}

/** Checks the model and the parameters that some models refuse, in xAI's words (camel case there, snake case here). */
export function checkModel(request: ChatRequest): { kind: 'known'; model: GrokModel; effort: Effort } | Refusal {
  const model = findModel(request.model)
  if (!model) return refusals.unknownModel(request.model)
  if (model.reasons) {
    if (isSent(request.stop)) return refusals.unsupportedParameter(request.model, 'stop')
    if (isSent(request.presence_penalty)) return refusals.unsupportedParameter(request.model, 'presencePenalty')
    if (isSent(request.frequency_penalty)) return refusals.unsupportedParameter(request.model, 'frequencyPenalty')
  }
  const effort = request.reasoning_effort
  if (!effort) return { kind: 'known', model, effort: model.defaultEffort }
  if (model.efforts.length === 0) return refusals.unsupportedParameter(request.model, 'reasoningEffort')
  if (!model.efforts.includes(effort)) return refusals.unsupportedEffort(request.model, effort)
  return { kind: 'known', model, effort }
}

function isSent(parameter: unknown): boolean {
  return parameter !== undefined && parameter !== null
}
