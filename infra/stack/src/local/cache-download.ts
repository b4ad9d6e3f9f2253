import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claimDirectory } from '../data-directory/claim-directory.ts'

/** STACK_CACHE_DIR, else the user's cache directory (XDG Base Directory Specification). */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  if (env.STACK_CACHE_DIR) return resolve(env.STACK_CACHE_DIR)
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'conversation-insights')
}

/** A download that is there is whole: it got its name only when it was complete. */
export const isCached = (cacheDir: string, name: string) =>
  stat(join(cacheDir, name)).then(
    () => true,
    () => false,
  )

/**
 * The directory `name` of the cache, filled by `fetch` unless it is there. Filled beside and renamed when complete, so
 * a killed download leaves nothing that looks like one; of several runs at once, one downloads and the others wait for
 * it.
 *
 * @param fetch puts the content into the empty directory it is given.
 */
export async function cacheDownload({
  cacheDir,
  name,
  fetch,
  report,
  signal,
}: {
  cacheDir: string
  name: string
  fetch: (directory: string) => Promise<void>
  report: (line: string) => void
  signal: AbortSignal
}): Promise<string> {
  const target = join(cacheDir, name)
  let reported = performance.now()
  while (!(await isCached(cacheDir, name))) {
    const claim = await claimDirectory(join(cacheDir, 'locks', name), () => new Date(), Math.random)
    if (claim.ok) {
      try {
        await download({ cacheDir, name, target, fetch })
      } finally {
        await claim.release()
      }
      continue
    }
    if (performance.now() - reported > 5_000) {
      report(`another run (pid ${claim.holder.pid}) is downloading ${name}; waiting for it`)
      reported = performance.now()
    }
    await sleep(200, undefined, { signal })
  }
  return target
}

async function download(options: {
  cacheDir: string
  name: string
  target: string
  fetch: (directory: string) => Promise<void>
}): Promise<void> {
  const { cacheDir, name, target, fetch } = options
  const unfinished = join(cacheDir, 'unfinished')
  await mkdir(unfinished, { recursive: true })
  // The process that left these was killed: we hold the claim.
  for (const entry of await readdir(unfinished)) {
    if (entry.startsWith(`${name}-`)) await rm(join(unfinished, entry), { recursive: true, force: true })
  }
  if (await isCached(cacheDir, name)) return
  const directory = await mkdtemp(join(unfinished, `${name}-`))
  try {
    await fetch(directory)
    await rename(directory, target)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
