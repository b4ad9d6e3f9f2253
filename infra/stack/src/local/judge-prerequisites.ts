export interface Java {
  /** Absolute path of the `java` executable. */
  path: string
  /** Major version: 8, 17, 25. */
  version: number
}

export const KAFKA_JAVA = 17
export const REGISTRY_JAVA = 21

export interface Prerequisites {
  /** Which parts are to run as local JVMs, and whether their programs are downloaded already. */
  kafka: { wanted: boolean; cached: boolean }
  registry: { wanted: boolean; cached: boolean }
  javas: Java[]
  /** Path of the `mvn` executable. */
  mvn: string | null
  platform: NodeJS.Platform
}

/**
 * Whether the local servers can run here, and with which Java. The sentence names everything that is missing and the
 * three ways out at once, so that a user does not install one thing only to be told of the next.
 */
export function judgePrerequisites({
  kafka,
  registry,
  javas,
  mvn,
  platform,
}: Prerequisites): { ok: true; java: Java | null } | { ok: false; sentence: string } {
  const wanted = [...(kafka.wanted ? ['Kafka'] : []), ...(registry.wanted ? ['the schema registry'] : [])].join(' and ')
  if (wanted === '') return { ok: true, java: null }
  const variables = [...(kafka.wanted ? ['KAFKA_BROKERS'] : []), ...(registry.wanted ? ['SCHEMA_REGISTRY_URL'] : [])]
  const elsewhere = `start Docker, or point ${variables.join(' and ')} at existing ones.`
  if (platform === 'win32') {
    return { ok: false, sentence: `${wanted} cannot run as local processes on Windows: work in WSL, or ${elsewhere}` }
  }

  const java = newestJava(javas)
  const needed = registry.wanted ? REGISTRY_JAVA : KAFKA_JAVA
  const download = (kafka.wanted && !kafka.cached) || (registry.wanted && !registry.cached)
  const missing: string[] = []
  const install: string[] = []
  if (java === null || java.version < needed) {
    const found = java === null ? 'none was found' : `the newest found is Java ${java.version} (${java.path})`
    missing.push(`Java ${needed} or newer to run, and ${found}`)
    install.push(`a JDK of version ${needed} or newer`)
  }
  if (download && mvn === null) {
    missing.push('Maven to be downloaded the first time, and mvn is not on PATH')
    install.push('Maven')
  }
  if (missing.length === 0) return { ok: true, java }
  const verb = kafka.wanted && registry.wanted ? 'need' : 'needs'
  const subject = wanted.charAt(0).toUpperCase() + wanted.slice(1)
  return {
    ok: false,
    sentence: `${subject} ${verb} ${missing.join('; also ')}: install ${install.join(' and ')}, or ${elsewhere}`,
  }
}

export function newestJava(javas: Java[]): Java | null {
  return javas.reduce<Java | null>((best, java) => (best === null || java.version > best.version ? java : best), null)
}

/** `1.8.0_402` is 8, `17.0.15` is 17, `25-ea` is 25. Null for what is no version. */
export function javaMajor(version: string): number | null {
  const match = /^(?:1\.)?(\d+)/.exec(version)
  return match === null ? null : Number(match[1])
}
