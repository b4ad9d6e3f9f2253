/** Where the registry is and how to log in, from the parsed `registryVariables`. */
export function registryOptions(config: {
  SCHEMA_REGISTRY_URL: string
  SCHEMA_REGISTRY_USERNAME?: string | undefined
  SCHEMA_REGISTRY_PASSWORD?: string | undefined
}): { registryUrl: string; auth?: { username: string; password: string } } {
  const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = config
  return { registryUrl: config.SCHEMA_REGISTRY_URL, ...(username && password && { auth: { username, password } }) }
}
