/** Where a part comes from: an address in the environment, a container, or a process of our own. */
export type Mode = 'env' | 'docker' | 'local'
export interface Modes {
  kafka: Mode
  registry: Mode
  postgres: Mode
}

/** The variable that says where a part already is. */
export const addressVariables = {
  kafka: 'KAFKA_BROKERS',
  registry: 'SCHEMA_REGISTRY_URL',
  postgres: 'DATABASE_URL',
} as const satisfies Record<keyof Modes, string>

/** Whether the choice depends on a container engine, which takes a moment to ask. */
export function needsEngine(env: NodeJS.ProcessEnv): boolean {
  return env.STACK !== 'local' && Object.values(addressVariables).some((variable) => !env[variable])
}

/**
 * For each part on its own, the first that matches: its variable, Docker, local processes. STACK forces one of the
 * latter two.
 */
export function chooseModes({
  env,
  engineAnswers,
}: {
  env: NodeJS.ProcessEnv
  engineAnswers: boolean
}): { ok: true; modes: Modes } | { ok: false; sentence: string } {
  const forced = env.STACK || undefined
  if (forced !== undefined && forced !== 'docker' && forced !== 'local') {
    return { ok: false, sentence: `STACK is '${forced}', but it can only be 'docker', 'local' or absent.` }
  }
  if (forced === 'docker' && needsEngine(env) && !engineAnswers) {
    return {
      ok: false,
      sentence:
        'STACK=docker asks for containers, but no container engine answers: start Docker (or point DOCKER_HOST at one), ' +
        'or leave STACK out to run the servers as local processes.',
    }
  }
  const own: Mode = forced ?? (engineAnswers ? 'docker' : 'local')
  const from = (variable: string): Mode => (env[variable] ? 'env' : own)
  return {
    ok: true,
    modes: {
      kafka: from(addressVariables.kafka),
      registry: from(addressVariables.registry),
      postgres: from(addressVariables.postgres),
    },
  }
}

/** How many brokers: the caller's wish, else STACK_BROKERS, else one. */
export function chooseBrokers(
  wished: 1 | 3 | undefined,
  env: NodeJS.ProcessEnv,
): { ok: true; brokers: 1 | 3 } | { ok: false; sentence: string } {
  if (wished !== undefined) return { ok: true, brokers: wished }
  const text = env.STACK_BROKERS || '1'
  if (text === '1' || text === '3') return { ok: true, brokers: text === '1' ? 1 : 3 }
  return { ok: false, sentence: `STACK_BROKERS is '${text}', but it can only be 1 or 3.` }
}
