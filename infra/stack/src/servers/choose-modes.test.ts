import { describe, expect, test } from 'vitest'
import { chooseBrokers, chooseModes, needsEngine } from './choose-modes.ts'

const given = { KAFKA_BROKERS: 'kafka:9092', SCHEMA_REGISTRY_URL: 'http://registry', DATABASE_URL: 'postgres://db' }

describe('chooseModes', () => {
  test('each part goes its own way: an address in the environment wins over Docker and over STACK', () => {
    const env = { KAFKA_BROKERS: 'kafka:9092', STACK: 'docker' }
    expect(chooseModes({ env, engineAnswers: true })).toEqual({
      ok: true,
      modes: { kafka: 'env', registry: 'docker', postgres: 'docker' },
    })
  })

  test('without an address: Docker when an engine answers, else local processes', () => {
    const docker = { kafka: 'docker', registry: 'docker', postgres: 'docker' }
    const local = { kafka: 'local', registry: 'local', postgres: 'local' }
    expect(chooseModes({ env: {}, engineAnswers: true })).toEqual({ ok: true, modes: docker })
    expect(chooseModes({ env: {}, engineAnswers: false })).toEqual({ ok: true, modes: local })
    expect(chooseModes({ env: { STACK: 'local' }, engineAnswers: true })).toEqual({ ok: true, modes: local })
  })

  test('an empty variable is absent, as everywhere in the configuration', () => {
    const env = { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '', STACK: '' }
    expect(chooseModes({ env, engineAnswers: false })).toMatchObject({ ok: true, modes: { kafka: 'local' } })
  })

  test('STACK=docker without an engine is refused in one sentence, never replaced by local processes', () => {
    const chosen = chooseModes({ env: { STACK: 'docker' }, engineAnswers: false })
    expect(chosen).toMatchObject({ ok: false, sentence: expect.stringContaining('no container engine answers') })
  })

  test('STACK=docker needs no engine when every address is given', () => {
    const chosen = chooseModes({ env: { ...given, STACK: 'docker' }, engineAnswers: false })
    expect(chosen).toMatchObject({ ok: true, modes: { kafka: 'env', registry: 'env', postgres: 'env' } })
  })

  test('an unknown STACK is refused, never taken for a default', () => {
    expect(chooseModes({ env: { STACK: 'dokcer' }, engineAnswers: true })).toMatchObject({ ok: false })
  })
})

test('the engine is asked only when the answer matters', () => {
  expect(needsEngine({})).toBe(true)
  expect(needsEngine({ ...given, DATABASE_URL: '' })).toBe(true)
  expect(needsEngine(given)).toBe(false)
  expect(needsEngine({ STACK: 'local' })).toBe(false)
})

test('one or three brokers: the argument, then STACK_BROKERS, then one; anything else is refused', () => {
  expect(chooseBrokers(undefined, {})).toEqual({ ok: true, brokers: 1 })
  expect(chooseBrokers(undefined, { STACK_BROKERS: '3' })).toEqual({ ok: true, brokers: 3 })
  expect(chooseBrokers(1, { STACK_BROKERS: '3' })).toEqual({ ok: true, brokers: 1 })
  expect(chooseBrokers(undefined, { STACK_BROKERS: '2' })).toMatchObject({ ok: false })
})
