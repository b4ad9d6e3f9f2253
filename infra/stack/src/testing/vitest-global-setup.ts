import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { dropDatabases } from './clone-database.ts'
import { makeTempDataDir } from '../data-directory/make-temp-data-dir.ts'
import { startStack } from '../start-stack.ts'
import type { ProvidedStack } from './test-context.ts'

/**
 * Starts one stack for the run, for the first project that needs one and all others; the test files get along on it by
 * prefixes and databases of their own (testContext).
 * @public called by vitest
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if ('stack' in project.getProvidedContext()) return undefined
  const report = (line: string) => console.log(`stack | ${line}`)
  const temp = await makeTempDataDir()
  for (const line of temp.cleared) report(line)
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new Error('interrupted'))
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, interrupt)
  const stack = await startStack({
    dataDir: temp.dataDir,
    env: process.env,
    // What is tested is killed as a process, never as a machine; and an `npm start` meanwhile keeps the usual ports.
    fsync: false,
    preferPorts: false,
    report,
    signal: interrupted.signal,
  }).catch(async (error: unknown) => {
    await temp.remove()
    throw error
  })
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, interrupt)

  const templateDatabase = `insights_template_${randomBytes(4).toString('hex')}`
  project.vitest.getRootProject().provide('stack', { env: stack.env, templateDatabase } satisfies ProvidedStack)
  return async () => {
    if (stack.modes.postgres === 'env') await dropDatabases(stack.env.DATABASE_URL, [templateDatabase])
    await stack.stop()
    await temp.remove()
  }
}
