import { z } from 'zod'
import { type ApiKey, refuseOpenListening } from '../http/api-keys.ts'

/** Every fault of the environment at once, one a line, for the operator to fix: so it comes without a stack. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly #faults: string[]

  constructor(faults: string[]) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
    super(`the environment has ${count}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.stack = `${this.name}: ${this.message}`
    this.#faults = faults
  }

  get faults(): string[] {
    return this.#faults
  }
}

/**
 * Reads the variables of `schema` from `env`. An empty value counts as absent; variables that the schema does not know
 * are let be. A variable's `.meta()` may say `secret: true` (its value is never shown) and `requires: [names]` (those
 * must be given when it is). A process that knows API keys must not listen beyond loopback without them.
 * @throws ConfigError with every fault: the variable's name, what was given unless secret, and what to do
 */
export function readConfig<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const names = Object.keys(schema.shape)
  const given = new Map(names.flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])))
  const parsed = schema.safeParse(Object.fromEntries(given))
  const faults = [
    ...(parsed.success ? [] : describeIssues(schema, given, parsed.error.issues)),
    ...missingCompanions(schema, given),
    ...(parsed.success ? openListening(parsed.data) : []),
  ]
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults)
  return parsed.data
}

export interface Variable {
  name: string
  /** As it would be written in the environment; null when there is none. */
  default: string | null
  required: boolean
  description: string
}

/** What the configuration table of the README is generated from, in the schema's order. */
export function describeVariables(schema: z.ZodObject): Variable[] {
  return Object.entries(schema.shape).map(([name, variable]) => {
    // What a parse makes of an absent value is the default, however the schema says so (default, prefault, transform).
    const absent = z.safeParse(variable, undefined)
    return {
      name,
      default: absent.success && absent.data !== undefined && absent.data !== null ? asText(absent.data) : null,
      required: !absent.success,
      description: metaOf(variable).description ?? '',
    }
  })
}

type VariableMeta = { description?: string | undefined; secret?: unknown; requires?: unknown }

// `.optional()`, `.default()` and `.transform()` wrap a schema, what was said about the inner one holds.
function metaOf(variable: z.core.$ZodType): VariableMeta {
  const { def } = variable._zod
  const inner = 'innerType' in def ? def.innerType : 'in' in def ? def.in : undefined
  return { ...(inner instanceof z.core.$ZodType ? metaOf(inner) : {}), ...z.globalRegistry.get(variable) }
}

function describeIssues(schema: z.ZodObject, given: Map<string, string>, issues: z.core.$ZodIssue[]): string[] {
  const byVariable = Map.groupBy(issues, (issue) => String(issue.path[0] ?? ''))
  return [...byVariable].map(([name, ofVariable]) => {
    const messages = [...new Set(ofVariable.map(messageOf))].join('; ')
    const variable = schema.shape[name]
    if (variable === undefined) return messages // a rule of the service's over several variables
    const meta = metaOf(variable)
    const means = meta.description === undefined ? '' : ` (${meta.description})`
    const value = given.get(name)
    return value === undefined ? `${name} is missing${means}` : `${name}${show(name, value, meta)}: ${messages}${means}`
  })
}

function missingCompanions(schema: z.ZodObject, given: Map<string, string>): string[] {
  return [...given.keys()].flatMap((name) => {
    const variable = schema.shape[name]
    const requires = variable === undefined ? undefined : metaOf(variable).requires
    const missing = Array.isArray(requires) ? requires.filter((other) => !given.has(other)) : []
    return missing.map((other) => `${other} is missing, and ${name} is set: set both or neither`)
  })
}

function openListening(config: Record<string, unknown>): string[] {
  const { HOST, API_KEYS, ALLOW_ANONYMOUS } = config
  if (typeof HOST !== 'string' || !Array.isArray(API_KEYS) || typeof ALLOW_ANONYMOUS !== 'boolean') return []
  const refusal = refuseOpenListening(HOST, API_KEYS as ApiKey[], ALLOW_ANONYMOUS)
  return refusal === null ? [] : [refusal]
}

// A variable can be secret without having been declared so; then its name gives it away, or an `@`, before which an
// address has a password, and in a password may stand what ends an address.
function show(name: string, value: string, meta: VariableMeta): string {
  if (meta.secret === true || /PASSWORD|SECRET|TOKEN|_KEYS?$/.test(name) || value.includes('@')) return ''
  return `=${JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)}`
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    const stringbool = 'expected' in issue && issue.expected === 'stringbool'
    const values = stringbool ? ['true', 'false'] : issue.values.map(String)
    return `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`
  }
  if (issue.code === 'invalid_type' && issue.expected === 'number') return 'must be a number'
  return issue.message
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
