import { expect, test } from 'vitest'
import { HEADERS_MAX_BYTES, headersTooLarge } from './limit-headers.ts'

const header = (name: string, bytes: number) => ({ name, value: Buffer.alloc(bytes) })

test.each([
  { what: 'none', headers: [] },
  { what: 'one', headers: [header('h', HEADERS_MAX_BYTES - 17)] },
  { what: 'two', headers: [header('é', 0), header('h', HEADERS_MAX_BYTES - 35)] },
  { what: 'empty ones', headers: Array.from({ length: 4_096 }, () => ({ name: '', value: null })) },
])('headers of 64 KiB are taken, one byte more is too large: $what', ({ headers }) => {
  expect(headersTooLarge(headers)).toBeNull()
  if (headers.length === 0) return
  const more = [...headers, { name: '', value: null }]
  expect(headersTooLarge(more)).toMatchObject({ class: 'too_large', retryable: false })
})
