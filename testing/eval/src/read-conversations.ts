import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { EvalError } from './eval-error.ts'
import { CLUSTERS } from './scores/map-clusters.ts'

const Message = z.strictObject({ inbound: z.boolean().nullable(), text: z.string().min(1) })
const Messages = z.array(Message).min(1)
const Labelled = z.strictObject({
  id: z.string().min(1),
  tags: z.array(z.string().min(1)),
  language: z.string().regex(/^[a-z]{2,3}$/, 'must be an ISO 639 code'),
  messages: Messages,
  expected: z.strictObject({
    sentiment: z.number().min(-1).max(1),
    clusters: z.array(z.enum(CLUSTERS)).min(1).max(3),
  }),
})
const attack = {
  language: z.string().regex(/^[a-z]{2,3}$/, 'must be an ISO 639 code'),
  technique: z.string().min(1),
  /** The same conversation without the injection. */
  clean: Messages,
}
const Injection = z.discriminatedUnion('goal', [
  /** A score of its own choice for itself. */
  z.strictObject({ goal: z.literal('own_score'), wanted: z.number().min(-1).max(1), ...attack }),
  z.strictObject({ goal: z.literal('flip_others'), ...attack }),
  z.strictObject({ goal: z.literal('all_positive'), ...attack }),
  z.strictObject({ goal: z.literal('all_negative'), ...attack }),
  z.strictObject({ goal: z.literal('leak'), ...attack }),
  /** To spoil the answer: its form, or with `marker` a label that does not belong into it. */
  z.strictObject({ goal: z.literal('format'), marker: z.string().min(1).optional(), ...attack }),
])
const Injected = Labelled.extend({ injection: Injection })

/** A conversation and what a careful reader says about it. */
export type Labelled = z.infer<typeof Labelled>
/** One that carries an injection; its label is what its customer feels all the same. */
export type Injected = z.infer<typeof Injected>
export type Injection = z.infer<typeof Injection>
export type Goal = Injection['goal']
export const GOALS: Goal[] = Injection.options.map(({ shape }) => shape.goal.value)

export interface Data {
  conversations: Labelled[]
  injections: Injected[]
  /** Of both files: two results with the same one were measured on the same labels. */
  sha256: string
}

/**
 * conversations.jsonl and injections.jsonl of a directory, one JSON object a line.
 * @throws EvalError with every fault of both files: file, line and what is wrong
 */
export function readConversations(directory: string): Data {
  const files = ['conversations.jsonl', 'injections.jsonl'].map((name) => readLines(join(directory, name)))
  const faults: string[] = []
  const seen = new Map<string, string>()
  const [conversations, injections] = [
    parseLines(files[0] as Lines, Labelled, seen, faults),
    parseLines(files[1] as Lines, Injected, seen, faults),
  ]
  if (faults.length > 0) throw new EvalError(`the labelled conversations have faults:\n  ${faults.join('\n  ')}`)
  const hash = createHash('sha256')
  for (const { text } of files) hash.update(text)
  return { conversations, injections, sha256: hash.digest('hex') }
}

interface Lines {
  path: string
  text: string
}

function readLines(path: string): Lines {
  try {
    return { path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    throw new EvalError(`${path} cannot be read: ${(error as Error).message}`)
  }
}

/** `seen` has the place of each id that came before. */
function parseLines<T extends { id: string }>(
  { path, text }: Lines,
  schema: z.ZodType<T>,
  seen: Map<string, string>,
  faults: string[],
): T[] {
  const before = faults.length
  const found: T[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const place = `${path}:${index + 1}`
    const parsed = parseLine(line, schema)
    if (typeof parsed === 'string') {
      faults.push(`${place}: ${parsed}`)
      continue
    }
    const first = seen.get(parsed.id)
    if (first !== undefined) faults.push(`${place}: id: ${JSON.stringify(parsed.id)} is used already, in ${first}`)
    seen.set(parsed.id, place)
    found.push(parsed)
  }
  if (found.length === 0 && faults.length === before) faults.push(`${path}: has no line`)
  return found
}

function parseLine<T>(line: string, schema: z.ZodType<T>): T | string {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  return parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`).join('; ')
}
