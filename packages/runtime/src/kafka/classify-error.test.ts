import {
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs'
import { expect, test } from 'vitest'
import { endsGeneration, hasErrorType, isOutage } from './classify-error.ts'

// kafkajs' types lack the second argument of these constructors.
const withDetails = <E extends new (...args: never[]) => Error>(ErrorClass: E, ...args: unknown[]): Error =>
  new (ErrorClass as unknown as new (...args: unknown[]) => Error)(...args)
const protocolError = (type: string, retriable: boolean) =>
  withDetails(KafkaJSProtocolError, { message: type, type, code: 1, retriable })

test('a broker that is away is an outage, also wrapped in exhausted retries', () => {
  const refused = withDetails(KafkaJSConnectionError, 'connect ECONNREFUSED', {
    broker: '127.0.0.1:1',
    code: 'ECONNREFUSED',
  })
  expect(isOutage(refused)).toBe(true)
  expect(isOutage(withDetails(KafkaJSNumberOfRetriesExceeded, refused, { retryCount: 5, retryTime: 1 }))).toBe(true)
})

test('an eviction is over with the next join, and its type is found under the wrapping', () => {
  const wrapped = withDetails(KafkaJSNonRetriableError, 'commit', { cause: protocolError('UNKNOWN_MEMBER_ID', false) })
  expect(hasErrorType(wrapped, 'UNKNOWN_MEMBER_ID')).toBe(true)
  expect(isOutage(wrapped)).toBe(true)
})

test('a leader that moves is an outage, a bug and a wrong password are not', () => {
  expect(isOutage(protocolError('NOT_LEADER_FOR_PARTITION', true))).toBe(true)
  expect(isOutage(new TypeError('undefined is not a function'))).toBe(false)
  expect(isOutage(withDetails(KafkaJSSASLAuthenticationError, 'bad credentials'))).toBe(false)
  expect(isOutage('a string')).toBe(false)
})

test('(I9) a broken connection does not end a generation: no join would follow, and the member would stand still for ever', () => {
  expect(endsGeneration(withDetails(KafkaJSConnectionError, 'closed', { broker: '127.0.0.1:1' }))).toBe(false)
  for (const type of ['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'])
    expect(endsGeneration(protocolError(type, false))).toBe(true)
})

test('causes that point at each other do not hang', () => {
  const a = new Error('a')
  const b = new Error('b', { cause: a })
  a.cause = b
  expect(isOutage(a)).toBe(false)
})
