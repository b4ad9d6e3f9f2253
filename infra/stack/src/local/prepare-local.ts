import type { Modes } from '../servers/choose-modes.ts'
import { type PartOptions, StackRefused } from '../servers/server.ts'
import { cacheDirectory, cacheDownload, isCached } from './cache-download.ts'
import { type Fetch, fetchKafka, fetchRegistry, kafkaDownload, registryDownload } from './fetch-with-maven.ts'
import { findJavas, findOnPath } from './find-programs.ts'
import { judgePrerequisites } from './judge-prerequisites.ts'

/** The programs of the local servers. Each is downloaded when first asked for, so that none waits for another. */
export interface LocalPrograms {
  java(): string
  /** The directory with Kafka's jars. */
  kafka(report: (line: string) => void): Promise<string>
  /** The directory with Apicurio's quarkus-run.jar. */
  registry(report: (line: string) => void): Promise<string>
}

/** Throws StackRefused, before any download or start, when something is missing for a part that is to run locally. */
export async function prepareLocal(modes: Modes, { env, signal }: PartOptions): Promise<LocalPrograms> {
  const cacheDir = cacheDirectory(env)
  const judge = async (part: 'kafka' | 'registry', name: string) => {
    const wanted = modes[part] === 'local'
    return { wanted, cached: wanted && (await isCached(cacheDir, name)) }
  }
  const [kafka, registry] = await Promise.all([judge('kafka', kafkaDownload), judge('registry', registryDownload)])
  const wanted = kafka.wanted || registry.wanted
  const [javas, mvn] = wanted ? await Promise.all([findJavas(env), findOnPath('mvn', env)]) : [[], null]
  const verdict = judgePrerequisites({ kafka, registry, javas, mvn, platform: process.platform })
  if (!verdict.ok) throw new StackRefused(verdict.sentence)

  const java = () => {
    if (verdict.java === null) throw new Error('no local JVM was asked for')
    return verdict.java.path
  }
  const get = (
    name: string,
    fetch: (directory: string, options: Fetch) => Promise<void>,
    report: (line: string) => void,
  ): Promise<string> =>
    cacheDownload({
      cacheDir,
      name,
      report,
      signal,
      fetch: (directory) => {
        if (mvn === null)
          throw new StackRefused(`The download ${name} disappeared from ${cacheDir}, and mvn is not on PATH.`)
        return fetch(directory, { mvn, java: java(), env, report, signal })
      },
    })
  return {
    java,
    kafka: (report) => get(kafkaDownload, fetchKafka, report),
    registry: (report) => get(registryDownload, fetchRegistry, report),
  }
}
