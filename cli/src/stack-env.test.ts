import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readEnv } from './stack-env.ts'

const directory = mkdtempSync(join(tmpdir(), 'insights-env-'))
writeFileSync(join(directory, 'stack.env'), 'KAFKA_BROKERS=stack:1\nTOPIC_PREFIX=a.\n')
writeFileSync(join(directory, 'other.env'), 'KAFKA_BROKERS=other:1\n')
afterAll(() => rmSync(directory, { recursive: true }))

test('the addresses are those that the pipeline of DATA_DIR wrote, and what is set wins', () => {
  expect(readEnv({}, { DATA_DIR: directory })).toMatchObject({ KAFKA_BROKERS: 'stack:1', TOPIC_PREFIX: 'a.' })
  expect(readEnv({}, { DATA_DIR: directory, KAFKA_BROKERS: 'mine:1' })).toMatchObject({
    KAFKA_BROKERS: 'mine:1',
    TOPIC_PREFIX: 'a.',
  })
})

test('a file that is named stands for that one', () => {
  const env = readEnv({ stackEnv: join(directory, 'other.env') }, { DATA_DIR: directory })
  expect(env).toMatchObject({ KAFKA_BROKERS: 'other:1' })
  expect(env['TOPIC_PREFIX']).toBeUndefined()
})

test('without a file, nothing of an earlier pipeline slips in', () => {
  expect(readEnv({ stackEnv: false }, { DATA_DIR: directory })).toEqual({ DATA_DIR: directory })
  expect(readEnv({}, { DATA_DIR: join(directory, 'empty') })['KAFKA_BROKERS']).toBeUndefined()
})
