import { unframe } from './avro/wire-format.ts'
import type { Codec } from './codec.ts'
import { goodExamples } from './events/examples.ts'
import type { TopicId } from './topics.ts'

/** The id of our own schema of a topic, taken from what a loaded codec writes. */
export function writerIdOf<K extends TopicId>(codec: Pick<Codec, 'encode'>, topic: K): number {
  const [example] = goodExamples(topic)
  if (example === undefined) throw new Error(`${topic} has no good example`)
  const framed = unframe(codec.encode(topic, example.value))
  if ('fault' in framed) throw new Error(framed.fault)
  return framed.schemaId
}
