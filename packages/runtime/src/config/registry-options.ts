/** Where the registry is and how to log in, from the parsed `registryVariables`; how long records wait for a schema. */
export function registryOptions(config: {
  SCHEMA_REGISTRY_URL: string
  SCHEMA_REGISTRY_USERNAME?: string | undefined
  SCHEMA_REGISTRY_PASSWORD?: string | undefined
  SCHEMA_WAIT_SECONDS?: number
}): { registryUrl: string; auth?: { username: string; password: string }; schemaWaitMs?: number } {
  const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password, SCHEMA_WAIT_SECONDS: wait } = config
  return {
    registryUrl: config.SCHEMA_REGISTRY_URL,
    ...(username && password && { auth: { username, password } }),
    ...(wait !== undefined && { schemaWaitMs: wait * 1_000 }),
  }
}
