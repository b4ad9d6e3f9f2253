import { expect, test } from 'vitest'
import { passHeaders } from './pass-headers.ts'

const randomBytes = (n: number) => Buffer.alloc(n, 7)
const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('unknown headers go on, the trace continues, the content type is that of the new value', () => {
  const passed = passHeaders(
    { tenant: Buffer.from('a'), traceparent: Buffer.from(parent), 'content-type': Buffer.from('text/plain') },
    'application/x',
    randomBytes,
  )
  expect(String(passed.tenant)).toBe('a')
  expect(passed['content-type']).toBe('application/x')
  expect(passed.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)/)
})

test('(I2) huge headers do not make a record that no topic takes', () => {
  const passed = passHeaders({ small: Buffer.from('a'), huge: Buffer.alloc(2_000_000) }, 'application/x', randomBytes)
  expect(Object.keys(passed).toSorted()).toEqual(['content-type', 'small', 'traceparent'])
})
