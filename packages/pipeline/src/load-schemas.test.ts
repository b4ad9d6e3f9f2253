import { createLogger } from '@insights/runtime/logger'
import { RegistryAway } from '@insights/schemas/registry/connect-registry'
import { expect, test } from 'vitest'
import { loadSchemas } from './load-schemas.ts'

const log = createLogger({ service: 't', level: 'silent' })

test('a registry that comes later is waited for, with the reason in /readyz', async () => {
  const seen: (string | null)[] = []
  const schemas = loadSchemas({
    codec: {
      load: async () => {
        seen.push(schemas.ready())
        if (seen.length === 1) throw new RegistryAway('connection refused')
      },
    },
    log,
    random: () => 0,
  })
  await schemas.start(new AbortController().signal)
  expect([...seen, schemas.ready()]).toEqual([
    'the event schemas are not loaded yet',
    'the event schemas are not loaded yet: connection refused',
    null,
  ])
})

test('(I9) an error of ours is not waited for', async () => {
  const schemas = loadSchemas({ codec: { load: () => Promise.reject(new TypeError('a bug')) }, log, random: () => 0 })
  await expect(schemas.start(new AbortController().signal)).rejects.toThrow('a bug')
})
