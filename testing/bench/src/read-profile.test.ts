import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readProfile } from './read-profile.ts'

test('time is shared among what ran: idle time is shared out to none, and paths mean the same on every machine', () => {
  const directory = mkdtempSync(join(tmpdir(), 'read-profile-'))
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9 })
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)', '') },
      { id: 2, callFrame: frame('judge', 'file:///home/somebody/repo/services/analyzer/src/judge.ts') },
      { id: 3, callFrame: frame('', 'file:///home/somebody/repo/node_modules/zod/core.js') },
      { id: 4, callFrame: frame('judge', 'file:///home/somebody/repo/services/analyzer/src/judge.ts') },
    ],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [1000, 10, 20, 40, 30],
  }
  try {
    const file = join(directory, 'x.cpuprofile')
    writeFileSync(file, JSON.stringify(profile))
    expect(readProfile(file, 15)).toEqual([
      { name: 'judge  services/analyzer/src/judge.ts:10', percent: 80 },
      { name: '(anonymous)  zod/core.js:10', percent: 20 },
    ])
    expect(readProfile(file, 1)).toHaveLength(1)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
