import { readConfig } from '@insights/runtime/config/read-config'
import { expect, test } from 'vitest'
import { variables } from './config.ts'

test('private texts are a list, none by default, and what would hit every call or none is a fault of the environment', () => {
  const read = (list: string) => readConfig(variables, { SIMULATOR_PRIVATE: list }).SIMULATOR_PRIVATE
  expect(read('')).toEqual([])
  expect(read('author-17, Jo Kröger')).toEqual(['author-17', 'Jo Kröger'])
  for (const wrong of ['abc', 'author-17,,', 'x'.repeat(201), 'text,'.repeat(100) + 'text'])
    expect(() => read(wrong)).toThrow(/SIMULATOR_PRIVATE/)
})
