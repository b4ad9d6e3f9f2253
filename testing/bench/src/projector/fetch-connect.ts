import { cacheDirectory, cacheDownload } from '@insights/stack/cache-download'
import { fetchJars, KAFKA_VERSION, kafkaLogging, type Dependency } from '@insights/stack/fetch-with-maven'
import { findJavas, findOnPath } from '@insights/stack/find-programs'
import { KAFKA_JAVA, newestJava } from '@insights/stack/judge-prerequisites'

const SINK = '3.6.0.Final'
const HIBERNATE = '7.2.19.Final'
const CONVERTER = '2.6.13.Final'

const orm = 'org.hibernate.orm'
const dependencies: Dependency[] = [
  { group: 'org.apache.kafka', artifact: 'connect-runtime', version: KAFKA_VERSION },
  ...kafkaLogging,
  { group: orm, artifact: 'hibernate-core', version: HIBERNATE },
  { group: orm, artifact: 'hibernate-agroal', version: HIBERNATE },
  {
    group: 'io.debezium',
    artifact: 'debezium-connector-jdbc',
    version: SINK,
    // Its own name for hibernate-agroal is one that nothing was ever published under.
    without: { group: 'org.hibernate', artifact: 'hibernate-agroal' },
  },
  { group: 'io.apicurio', artifact: 'apicurio-registry-utils-converter', version: CONVERTER },
]

/** In words, for the results. */
export const connectVersions = { connect: KAFKA_VERSION, sink: `Debezium JDBC sink ${SINK}`, converter: CONVERTER }

/**
 * Kafka Connect, the Debezium JDBC sink and Apicurio's Avro converter, in the stack's cache. They share one class path,
 * on which Maven lets one version of each library stand: with plugins in directories of their own, the sink's Jackson
 * meets the worker's and fails.
 */
export async function fetchConnect({
  env,
  report,
  signal,
}: {
  env: NodeJS.ProcessEnv
  report: (line: string) => void
  signal: AbortSignal
}): Promise<{ java: string; libs: string }> {
  const java = newestJava(await findJavas(env))
  if (java === null || java.version < KAFKA_JAVA) throw new Error(`Kafka Connect needs Java ${KAFKA_JAVA} or newer`)
  const libs = await cacheDownload({
    cacheDir: cacheDirectory(env),
    name: `connect-${KAFKA_VERSION}-jdbc-${SINK}-hibernate-${HIBERNATE}-converter-${CONVERTER}`,
    report,
    signal,
    fetch: async (directory) => {
      const mvn = await findOnPath('mvn', env)
      if (mvn === null) throw new Error('Kafka Connect needs Maven to be downloaded the first time: install Maven')
      await fetchJars('Kafka Connect and the JDBC sink', directory, dependencies, {
        mvn,
        java: java.path,
        env,
        report,
        signal,
      })
    },
  })
  return { java: java.path, libs }
}
