import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimDataDir, ownerOnly, rotateLogs } from './prepare-data-dir.ts'

let parent: string
beforeEach(async () => void (parent = await mkdtemp(join(tmpdir(), 'insights-data-'))))
afterEach(() => rm(parent, { recursive: true, force: true }))

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test('others can neither list the data directory nor read its logs, nor can they in one that an earlier version left', async () => {
  const wished = join(parent, 'data')
  const { dataDir, release } = await claimDataDir(wished)
  await rotateLogs(dataDir)
  await release()
  expect({ data: await modeOf(dataDir), logs: await modeOf(join(dataDir, 'logs')) }).toEqual({
    data: ownerOnly(),
    logs: 0o700,
  })
  expect(ownerOnly() & 0o066).toBe(0)

  // As earlier versions left it.
  await chmod(dataDir, 0o755)
  await (await claimDataDir(wished)).release()
  expect(await modeOf(dataDir)).toBe(ownerOnly())
})

test('a directory that was there before and is not ours is not closed to others', async () => {
  const wished = join(parent, 'shared')
  await mkdir(wished)
  await chmod(wished, 0o755)
  await (await claimDataDir(wished)).release()
  expect(await modeOf(wished)).toBe(0o755)
})
