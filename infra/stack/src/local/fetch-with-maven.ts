import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { reportWhile } from '../servers/report-while.ts'
import { ServerFailed } from '../servers/server.ts'

export const KAFKA_VERSION = '4.3.1'
export const REGISTRY_VERSION = '3.3.3'
const LOG4J_VERSION = '2.25.5'
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1'

/** Names in the cache; they tell everything that the content depends on. */
export const kafkaDownload = `kafka-${KAFKA_VERSION}-log4j-${LOG4J_VERSION}`
export const registryDownload = `apicurio-registry-${REGISTRY_VERSION}`

export interface Fetch {
  mvn: string
  /** For a Maven that has no Java of its own choice. */
  java: string
  env: NodeJS.ProcessEnv
  report: (line: string) => void
  signal: AbortSignal
}

export interface Dependency {
  group: string
  artifact: string
  version: string
  /** What it asks for and shall not bring. */
  without?: { group: string; artifact: string }
}

/** The logging back-end, which Kafka leaves to the user. It speaks SLF4J 1.7: not log4j-slf4j2-impl. */
export const kafkaLogging: readonly Dependency[] = ['log4j-core', 'log4j-slf4j-impl'].map((artifact) => ({
  group: 'org.apache.logging.log4j',
  artifact,
  version: LOG4J_VERSION,
}))

/** Kafka's broker with everything it needs at run time. */
export function fetchKafka(directory: string, options: Fetch): Promise<void> {
  const broker = { group: 'org.apache.kafka', artifact: 'kafka_2.13', version: KAFKA_VERSION }
  return fetchJars('Kafka', directory, [broker, ...kafkaLogging], options)
}

/** The jars of `dependencies` and of all that they need at run time; of two versions, the one that is named first. */
export function fetchJars(
  what: string,
  directory: string,
  dependencies: readonly Dependency[],
  options: Fetch,
): Promise<void> {
  return runMaven(what, directory, dependencies, ['copy-dependencies', '-DincludeScope=runtime'], options)
}

/** Apicurio Registry, unpacked. */
export function fetchRegistry(directory: string, options: Fetch): Promise<void> {
  const artifact = `io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`
  return runMaven('Apicurio Registry (160 MB)', directory, [], ['unpack', `-Dartifact=${artifact}`], options)
}

/** Runs a goal that fills `directory`. The user's Maven settings say from where (mirrors, proxies, credentials). */
async function runMaven(
  what: string,
  directory: string,
  dependencies: readonly Dependency[],
  [goal, ...properties]: [string, ...string[]],
  { mvn, java, env, report, signal }: Fetch,
): Promise<void> {
  // Maven leaves files of its own beside its pom.
  const workplace = await mkdtemp(`${directory}-maven-`)
  try {
    const output = join(workplace, 'output')
    await mkdir(output)
    await writeFile(join(workplace, 'pom.xml'), pom(dependencies))
    const args = ['-B', '-Dstyle.color=never', `${PLUGIN}:${goal}`, ...properties, `-DoutputDirectory=${output}`]
    report(`downloading ${what} with Maven`)
    const child = spawn(mvn, args, {
      cwd: workplace,
      env: { ...env, JAVA_HOME: env.JAVA_HOME || dirname(dirname(java)) },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    })
    const lines: string[] = []
    let files = 0
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (line.includes('Downloaded from')) files++
        lines.push(line)
        if (lines.length > 200) lines.shift()
      })
    }
    const text = (seconds: number) =>
      `still downloading ${what}, ${seconds} s${files > 0 ? `, ${files} files so far` : ''}`
    const [code] = (await reportWhile(once(child, 'close'), text, report)) as [number | null]
    if (code !== 0) throw new ServerFailed(`Maven could not fetch ${what}:\n${explain(lines)}`)
    for (const entry of await readdir(output)) await rename(join(output, entry), join(directory, entry))
  } finally {
    await rm(workplace, { recursive: true, force: true })
  }
}

const explain = (lines: string[]) => {
  const errors = lines.filter((line) => line.startsWith('[ERROR]'))
  return (errors.length > 0 ? errors.slice(0, 5) : lines.slice(-10)).join('\n')
}

const pom = (dependencies: readonly Dependency[]) => `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>download</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${dependencies.map((dependency) => `    <dependency>${toXml(dependency)}</dependency>`).join('\n')}
  </dependencies>
</project>
`

const toXml = ({ group, artifact, version, without }: Dependency): string =>
  `${named({ group, artifact })}<version>${version}</version>` +
  (without ? `<exclusions><exclusion>${named(without)}</exclusion></exclusions>` : '')

const named = ({ group, artifact }: { group: string; artifact: string }): string =>
  `<groupId>${group}</groupId><artifactId>${artifact}</artifactId>`
