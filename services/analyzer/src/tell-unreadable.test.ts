import { Writable } from 'node:stream'
import { createLogger } from '@insights/runtime/logger'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createUnreadableTeller } from './tell-unreadable.ts'

function create() {
  const lines: string[] = []
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  const clock = { now: 0 }
  const log = createLogger({ service: 'analyzer', level: 'info', destination })
  return { lines, clock, tell: createUnreadableTeller(log, () => clock.now) }
}

test('(I8) 100,000 records that cannot be read are one line for each reason and second, and each says how many there were', () => {
  const { lines, clock, tell } = create()
  for (let offset = 0; offset < 100_000; offset++) {
    clock.now = offset / 50
    tell({ key: Buffer.from(`k${offset}`), offset, reason: offset % 2 === 0 ? 'unknown key' : 'not JSON', detail: '' })
  }
  const read = lines.map((line) => JSON.parse(line) as { reason: string; offset: number; key: string; untold?: number })
  expect(read.map(({ reason, offset, key, untold }) => ({ reason, offset, key, untold }))).toEqual([
    { reason: 'unknown key', offset: 0, key: 'k0', untold: undefined },
    { reason: 'not JSON', offset: 1, key: 'k1', untold: undefined },
    { reason: 'unknown key', offset: 50_000, key: 'k50000', untold: 24_999 },
    { reason: 'not JSON', offset: 50_001, key: 'k50001', untold: 24_999 },
  ])
})

test('(I8) whatever is in the key, a line is short and printable', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.maxSafeNat(), (key, offset) => {
      const { lines, tell } = create()
      tell({
        key: Buffer.from(key),
        offset,
        reason: 'breaks its contract',
        detail: 'invalid_type at /models/20/usage/cost',
      })
      expect(lines[0]?.length).toBeLessThan(360)
      expect(lines[0]).toMatch(/^[ -~]+\n$/)
    }),
  )
})
