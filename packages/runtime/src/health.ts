import { LATE, within } from './deadline.ts'
import { maskSecrets } from './hide-secrets.ts'

/** null = fine; a string = why not, in words for the one who is woken at night. */
export type Finding = string | null

export interface Verdict {
  ok: boolean
  /** By check name: `ok`, or the reason why not. */
  checks: Record<string, string>
}

export interface Health {
  /** Registers a liveness check: only what a restart of this very process would fix. It must answer at once. */
  live(name: string, check: () => Finding): void
  /** Registers a readiness check: a dependency, or work that must be done before requests can be served. */
  ready(name: string, check: () => Finding | Promise<Finding>): void
  isLive(): Verdict
  isReady(): Promise<Verdict>
}

/**
 * Liveness says that this process gets on with its work; it never asks Kafka or Postgres, or an outage of theirs would
 * restart everything (I9). Readiness asks every dependency at once and gives each `checkTimeoutMs`: less than the
 * second after which Kubernetes calls a probe failed, so that the reason still gets out.
 */
export function createHealth(options: { checkTimeoutMs?: number } = {}): Health {
  const checkTimeoutMs = options.checkTimeoutMs ?? 800
  const liveChecks = new Map<string, () => Finding>()
  const readyChecks = new Map<string, () => Finding | Promise<Finding>>()

  return {
    live: (name, check) => register(liveChecks, name, check),
    ready: (name, check) => register(readyChecks, name, check),
    isLive: () => toVerdict([...liveChecks].map(([name, check]) => [name, findNow(check)])),
    async isReady() {
      const findings = [...readyChecks].map(
        async ([name, check]) => [name, await findWithin(check, checkTimeoutMs)] as const,
      )
      return toVerdict(await Promise.all(findings))
    },
  }
}

function register<C>(checks: Map<string, C>, name: string, check: C): void {
  if (checks.has(name)) throw new Error(`there is already a health check named ${name}`)
  checks.set(name, check)
}

function toVerdict(findings: (readonly [string, Finding])[]): Verdict {
  return {
    ok: findings.every(([, finding]) => finding === null),
    checks: Object.fromEntries(findings.map(([name, finding]) => [name, finding ?? 'ok'])),
  }
}

function findNow(check: () => Finding): Finding {
  try {
    return check()
  } catch (error) {
    return reasonOf(error)
  }
}

async function findWithin(check: () => Finding | Promise<Finding>, timeoutMs: number): Promise<Finding> {
  try {
    const finding = await within(timeoutMs, (async () => check())())
    return finding === LATE ? `no answer within ${timeoutMs} ms` : finding
  } catch (error) {
    return reasonOf(error)
  }
}

// The message of some errors is empty (an AggregateError of refused connections): then the name must do.
function reasonOf(error: unknown): string {
  return maskSecrets(error instanceof Error ? error.message || error.name : String(error))
}
