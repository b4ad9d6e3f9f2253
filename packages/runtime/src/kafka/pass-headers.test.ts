import { expect, test } from 'vitest'
import { passHeaders } from './pass-headers.ts'

const randomBytes = (n: number) => Buffer.alloc(n, 7)
const header = (name: string, value: string | null) => ({ name, value: value === null ? null : Buffer.from(value) })
const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const own = [
  { name: 'traceparent', value: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)/) },
  { name: 'content-type', value: 'application/x' },
]

test('unknown headers go on in their order, the trace continues, the content type is that of the new value', () => {
  const others = [header('tenant', 'a'), header('__proto__', 'b'), header('tenant', null)]
  const [first, ...rest] = others
  const from = [header('traceparent', 'x'), first, header('traceparent', parent), ...rest, header('content-type', 'y')]
  const passed = passHeaders(
    from.filter((one) => one !== undefined),
    'application/x',
    randomBytes,
  )
  expect(passed).toEqual([...others, ...own])
})

test('(I2) huge headers do not make a record that no topic takes', () => {
  const huge = { name: 'huge', value: Buffer.alloc(2_000_000) }
  const from = [header('small', 'a'), header('traceparent', parent), huge]
  expect(passHeaders(from, 'application/x', randomBytes)).toEqual([header('small', 'a'), ...own])
})
