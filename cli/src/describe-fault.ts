import { maskSecrets } from '@insights/runtime/hide-secrets'

/** Something that the user can put right; the message says what is wrong and what to do. */
export class CommandFault extends Error {
  override name = 'CommandFault'
  /** 2 when the command was used wrongly, and so did nothing. */
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What to tell of an error: of an expected one its messages, of a bug also where it happened; no secret of either. */
export function describeFault(error: unknown): { text: string; exitCode: 1 | 2 } {
  const { text, exitCode } = describe(error)
  return { text: maskSecrets(text), exitCode }
}

function describe(error: unknown): { text: string; exitCode: 1 | 2 } {
  if (error instanceof CommandFault) return { text: error.message, exitCode: error.exitCode }
  const chain = causesOf(error)
  const messages = [...new Set(chain.map(({ message }) => message))].filter(Boolean).join(': ')
  if (chain.some(({ code }) => code === 'ERR_MODULE_NOT_FOUND'))
    return { text: `works in a checkout of the repository after npm ci only: ${messages}`, exitCode: 2 }
  if (chain.some(isExpected)) return { text: messages, exitCode: 1 }
  const where = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { text: `a bug of this program: ${where}`, exitCode: 1 }
}

interface Cause {
  name: string
  message: string
  code: unknown
}

function causesOf(error: unknown): Cause[] {
  if (!(error instanceof Error)) return []
  const own = { name: error.name, message: error.message, code: (error as { code?: unknown }).code }
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : []
  return [own, ...[error.cause, ...inner].flatMap(causesOf)]
}

/** Of a variable, or of a server that is away, that refuses, or that holds something else than is expected. */
const isExpected = ({ name, code }: Cause): boolean =>
  /^(?:ConfigError|PipelineFault|ConfluentSchemaRegistry|KafkaJS|ResponseError|RegistryAway|SchemaNotRegistered|MigrationError|RebuildError|StackRefused|ServerFailed)/.test(
    name,
  ) ||
  // A system error (ECONNREFUSED), or one that Postgres sent: its codes have five characters.
  (typeof code === 'string' && /^(?:E[A-Z]{3,}|[0-9A-Z]{5})$/.test(code))
