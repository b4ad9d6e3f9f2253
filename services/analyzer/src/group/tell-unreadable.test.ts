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
  const log = createLogger({ service: 'analyzer', level: 'info', destination })
  return { lines, tell: createUnreadableTeller(log) }
}

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
