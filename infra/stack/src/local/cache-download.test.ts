import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cacheDirectory, cacheDownload } from './cache-download.ts'

let cacheDir: string
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'cache-'))
})
afterEach(() => rm(cacheDir, { recursive: true, force: true }))

const get = (fetch: (directory: string) => Promise<void>) =>
  cacheDownload({ cacheDir, name: 'thing-1', fetch, report: () => undefined, signal: AbortSignal.timeout(10_000) })

describe('cacheDownload', () => {
  test('two runs at once download once, and both get the whole thing', async () => {
    let downloads = 0
    const fetch = async (directory: string) => {
      downloads++
      await writeFile(join(directory, 'a'), 'a')
      await new Promise((resolve) => setImmediate(resolve))
      await writeFile(join(directory, 'b'), 'b')
    }
    const [one, two] = await Promise.all([get(fetch), get(fetch)])
    expect(downloads).toBe(1)
    expect(one).toBe(two)
    expect((await readdir(one)).toSorted()).toEqual(['a', 'b'])
  })

  test('a failed download leaves nothing that looks like a download, and the next run tries again', async () => {
    const failing = get(async (directory) => {
      await writeFile(join(directory, 'a'), 'half')
      throw new Error('connection lost')
    })
    await expect(failing).rejects.toThrow('connection lost')
    const path = await get((directory) => writeFile(join(directory, 'a'), 'whole'))
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('whole')
    expect(await readdir(join(cacheDir, 'unfinished'))).toEqual([])
  })
})

test('the cache is where the user wants it', () => {
  expect(cacheDirectory({ STACK_CACHE_DIR: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/c')
  expect(cacheDirectory({ STACK_CACHE_DIR: '', XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/conversation-insights')
  expect(cacheDirectory({ HOME: '/h' })).toBe('/h/.cache/conversation-insights')
})
