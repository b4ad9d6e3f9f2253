import { expect, test } from 'vitest'
import { portWishes } from './choose-process-ports.ts'
import { chooseGrok, planProcesses, sharedEnv } from './plan-processes.ts'
import type { Ports } from './process-table.ts'

const ports: Ports = { gateway: 1, ingress: 2, query: 3, analyzer: 4, projector: 5, simulator: 6 }
const stackEnv = { KAFKA_BROKERS: 'k:1', SCHEMA_REGISTRY_URL: 'http://r', DATABASE_URL: 'postgres://p' }

test('without a key the simulator answers, with a key it is not even started', () => {
  expect(chooseGrok({})).toEqual({ kind: 'simulator' })
  expect(chooseGrok({ GROK_API_KEY: '' })).toEqual({ kind: 'simulator' })
  expect(chooseGrok({ GROK_API_KEY: 'xai-1' })).toEqual({ kind: 'grok' })
  expect(planProcesses(sharedEnv({}, stackEnv, null), ports, false).map(({ name }) => name)).not.toContain('simulator')
})

test('an address without a key is a mistake, never silently the simulator', () => {
  expect(chooseGrok({ GROK_BASE_URL: 'https://api.x.ai/v1' })).toMatchObject({ kind: 'fault' })
})

test('a real key never gets into the file for further processes', () => {
  expect(Object.keys(sharedEnv({}, stackEnv, null))).toEqual(Object.keys(stackEnv))
  expect(sharedEnv({}, stackEnv, 6)).toMatchObject({
    GROK_API_KEY: 'simulator',
    GROK_BASE_URL: 'http://127.0.0.1:6/v1',
  })
})

test('who joins from the file agrees on the topics with who runs', () => {
  expect(sharedEnv({ TOPIC_PREFIX: 'a.', KAFKA_SASL_PASSWORD: 'secret' }, stackEnv, null)).toEqual({
    ...stackEnv,
    TOPIC_PREFIX: 'a.',
  })
})

test('the gateway finds the services where they really listen', () => {
  const gateway = planProcesses(sharedEnv({}, stackEnv, 6), ports, true).at(-1)
  expect(gateway).toMatchObject({ env: { INGRESS_URL: 'http://127.0.0.1:2', QUERY_URL: 'http://127.0.0.1:3' } })
})

test('a port that is none is refused by name', () => {
  expect(() => portWishes({ QUERY_PORT: '80o2' })).toThrow(/QUERY_PORT.*80o2/)
  expect(portWishes({ QUERY_PORT: '9000' })).toContainEqual(expect.objectContaining({ name: 'query', asked: 9000 }))
})
