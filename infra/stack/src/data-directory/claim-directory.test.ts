import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claimDirectory } from './claim-directory.ts'
import { pidNamespace } from './list-processes.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'claim-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('claimDirectory', () => {
  test('a second claim is refused while the first is held, and tells who holds it', async () => {
    const first = await claimDirectory(directory, () => new Date(), Math.random)
    expect(first.ok).toBe(true)
    const second = await claimDirectory(directory, () => new Date(), Math.random)
    expect(second).toMatchObject({ ok: false, holder: { pid: process.pid } })
  })

  test('a released directory can be claimed again', async () => {
    const first = await claimDirectory(directory, () => new Date(), Math.random)
    if (first.ok) await first.release()
    expect((await claimDirectory(directory, () => new Date(), Math.random)).ok).toBe(true)
  })

  test('a holder that was killed does not count, even when its pid lives again in another process', async () => {
    const dead = { pid: process.pid, identity: 'another boot 1', namespace: await pidNamespace(), since: 'then' }
    await writeFile(join(directory, '1-dead.json'), JSON.stringify(dead))
    expect((await claimDirectory(directory, () => new Date(), Math.random)).ok).toBe(true)
    expect(await readdir(directory)).toHaveLength(1)
  })

  test('a holder whose process we cannot see counts while it keeps its file fresh, and no longer', async () => {
    const path = join(directory, '1-elsewhere.json')
    const holder = { pid: 1, identity: 'x', namespace: 'a container', since: 'then' }
    await writeFile(path, JSON.stringify(holder))
    expect(await claimDirectory(directory, () => new Date(), Math.random)).toEqual({ ok: false, holder })
    const minuteAgo = new Date(Date.now() - 60_000)
    await utimes(path, minuteAgo, minuteAgo)
    expect((await claimDirectory(directory, () => new Date(), Math.random)).ok).toBe(true)
  })

  test('of many that claim at once, never two hold it', async () => {
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => claimDirectory(directory, () => new Date(), Math.random)),
    )
    expect(claims.filter(({ ok }) => ok).length).toBeLessThanOrEqual(1)
  })
})
