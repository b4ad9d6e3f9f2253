import { expect, test } from 'vitest'
import { faultKindDescriptions, faultKinds } from './fault-kinds.ts'

test('every kind is described once, in one line that a table can hold, under a family', () => {
  expect(faultKindDescriptions.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(faultKinds).toSorted())
  for (const { kind, family, describe } of faultKindDescriptions) {
    expect(family).toMatch(/^[a-z]+$/)
    expect(describe, kind).toMatch(/^[^|\n]{3,120}$/)
  }
})
