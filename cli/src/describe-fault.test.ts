import { expect, test } from 'vitest'
import { ConfigError } from '@insights/runtime/config/read-config'
import { CommandFault, describeFault } from './describe-fault.ts'

const withCode = (message: string, code: string) => Object.assign(new Error(message), { code })

test('a fault that the user can put right is its message alone, and 2 means that nothing was done', () => {
  expect(describeFault(new CommandFault('the registry is away'))).toEqual({ text: 'the registry is away', exitCode: 1 })
  expect(describeFault(new CommandFault('say which', 2))).toEqual({ text: 'say which', exitCode: 2 })
  expect(describeFault(new ConfigError(['A is missing']))).toMatchObject({
    text: 'the environment has 1 fault:\n  - A is missing',
    exitCode: 1,
  })
})

test('a server that is away or refuses is told by all its causes, without a stack', () => {
  const refused = withCode('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED')
  const told = 'the database cannot be reached: connect ECONNREFUSED 127.0.0.1:1'
  expect(describeFault(new Error('the database cannot be reached', { cause: refused }))).toEqual({
    text: told,
    exitCode: 1,
  })
  const syntax = withCode('syntax error at or near "tabel"', '42601')
  expect(describeFault(new Error('002 failed', { cause: syntax })).text).toBe(
    '002 failed: syntax error at or near "tabel"',
  )
})

test('in an image, a command of developers says where it works', () => {
  const error = withCode("Cannot find package '@insights/stack'", 'ERR_MODULE_NOT_FOUND')
  expect(describeFault(error)).toMatchObject({ text: expect.stringContaining('in a checkout'), exitCode: 2 })
})

test('a message that repeats an address or a token does not repeat what is secret in it', () => {
  const password = 'hunter2'
  for (const message of [`no postgres://user:${password}@host/db`, `"Bearer ${password}" is an invalid header value`])
    for (const error of [new TypeError(message), new CommandFault(message), withCode(message, 'ECONNREFUSED')])
      expect(describeFault(error).text).not.toContain(password)
})

test('a bug keeps its stack: it has to be found', () => {
  const { text, exitCode } = describeFault(new TypeError('x is not a function'))
  expect(text).toMatch(/TypeError: x is not a function\n\s+at /)
  expect(exitCode).toBe(1)
})
