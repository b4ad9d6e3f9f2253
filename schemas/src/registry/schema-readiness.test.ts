import { expect, test } from 'vitest'
import { RegistryAway, SchemaNotRegistered } from './connect-registry.ts'
import { schemaReadiness } from './schema-readiness.ts'

const failing = (error: Error) => schemaReadiness({ load: () => Promise.reject(error) })

test('what passes by itself is a reason to wait, and what does not is thrown', async () => {
  expect(await schemaReadiness({ load: () => Promise.resolve() })).toBeNull()
  expect(await failing(new RegistryAway('connection refused'))).toContain('connection refused')
  expect(await failing(new SchemaNotRegistered('x-value'))).toContain('x-value')
  await expect(failing(new TypeError('our bug'))).rejects.toThrow('our bug')
})
