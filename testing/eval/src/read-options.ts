import { parseArgs } from 'node:util'
import { CANARY_MODES, type CanaryMode } from '@insights/analyzer/question/make-canaries'
import { EvalError } from './eval-error.ts'

export interface Options {
  /** Conversations in a call, ascending, none twice. */
  sizes: number[]
  /** Most conversations, and most injections, that are asked about; undefined: all. */
  limit: number | undefined
  /** Decides samples, orders and aliases. */
  seed: number
  /** Most calls that wait for their answer at once. */
  concurrency: number
  /** Undefined: as CANARY says. */
  canary: CanaryMode | undefined
}

export const HELP = `npm run eval -- [options]

Asks GROK_MODEL at GROK_BASE_URL (with GROK_API_KEY, at most OUTBOUND_RPS calls a second) about the labelled conversations in
testing/eval/data, in calls of several sizes, and compares its answers with the labels. All of it takes about 800 calls.

  --sizes 1,5,10,20    conversations in a call
  --limit N            at most N conversations and N injections, drawn by the seed
  --seed N             decides samples, orders and aliases (1)
  --concurrency N      calls that wait for their answer at once (64)
  --canary MODE        pair, one or off (CANARY)`

/**
 * The options of a command line; null when it asks for help.
 * @throws EvalError that says which option is wrong
 */
export function readOptions(argv: readonly string[]): Options | null {
  const values = parse(argv)
  if (values.help) return null
  const canary = CANARY_MODES.find((mode) => mode === values.canary)
  if (values.canary !== undefined && canary === undefined)
    throw new EvalError(`--canary must be one of ${CANARY_MODES.join(', ')}, not ${JSON.stringify(values.canary)}`)
  const sizes = (values.sizes ?? '1,5,10,20').split(',').map((size) => whole('sizes', size, 1, MAX_SIZE))
  return {
    sizes: [...new Set(sizes)].toSorted((a, b) => a - b),
    limit: values.limit === undefined ? undefined : whole('limit', values.limit, 1),
    seed: whole('seed', values.seed ?? '1', 0, 2 ** 31 - 1),
    concurrency: whole('concurrency', values.concurrency ?? '64', 1, 1_000),
    canary,
  }
}

/** As of BATCH_SIZE: the provider's schemas bind at most 256 results, and canaries take two of them. */
const MAX_SIZE = 254

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    sizes: text,
    limit: text,
    seed: text,
    concurrency: text,
    canary: text,
    help: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values
  } catch (error) {
    throw new EvalError((error as Error).message)
  }
}

function whole(name: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text)
  if (/^\d+$/.test(text.trim()) && value >= min && value <= max) return value
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw new EvalError(`--${name} must be a whole number ${range}, not ${JSON.stringify(text)}`)
}
