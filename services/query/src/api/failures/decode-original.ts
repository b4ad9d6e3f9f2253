import { registryOptions } from '@insights/runtime/config/registry-options'
import { LATE, within } from '@insights/runtime/deadline'
import type { Codec } from '@insights/schemas/codec'
import { topicIds, topicName } from '@insights/schemas/topics'

/** What the value of a record says, or why that is not known, in words. */
export type Decoded = { decoded: Record<string, unknown>; reason: null } | { decoded: null; reason: string }

export type DecodeOriginal = (topic: string, value: Buffer) => Promise<Decoded>

/**
 * Decodes values of failed records, by the topic that they come from. The registry is asked when the first one needs
 * it; while it is away there is a reason after `timeoutMs`, and never an error.
 */
export function createOriginalDecoder({
  registry,
  prefix,
  timeoutMs,
}: {
  registry: Parameters<typeof registryOptions>[0]
  prefix: string
  timeoutMs: number
}): DecodeOriginal {
  let loading: Promise<Codec> | undefined

  async function load(): Promise<Codec> {
    const { createCodec, MOST_MESSAGES } = await import('@insights/schemas/codec')
    const limits = { lookupTimeoutMs: timeoutMs, maxMessages: MOST_MESSAGES }
    return createCodec({ ...registryOptions(registry), ...limits, prefix })
  }

  return async (name, value) => {
    const topic = topicIds.find((id) => topicName(id, prefix) === name)
    if (topic === undefined) return unknown(`${name} is no topic of this pipeline`)
    const codec = await (loading ??= load())
    const decoded = await within(2 * timeoutMs, codec.decode(topic, value))
    if (decoded === LATE) return unknown('the schema registry does not answer in time: try again later')
    switch (decoded.kind) {
      case 'ok':
        return { decoded: decoded.value as unknown as Record<string, unknown>, reason: null }
      case 'unreadable':
        return unknown(`${decoded.title}: ${decoded.detail}`)
      case 'registry_away':
        return unknown(`the schema registry is away: try again later`)
      case 'schema_unavailable':
        return unknown(`the schema registry does not give schema ${decoded.schemaId}: try again later`)
    }
  }
}

const unknown = (reason: string): Decoded => ({ decoded: null, reason })
