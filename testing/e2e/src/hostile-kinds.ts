import fc from 'fast-check'
import {
  changed,
  flipped,
  garbage,
  good,
  headers,
  hostileKey,
  large,
  many,
  ownName,
  prototypeName,
  underSchema,
  unframed,
  unreadable,
  withHeaders,
  type Draft,
} from './draft-hostile-records.ts'
import type { Target } from './hostile-targets.ts'
import { longText, shortText } from './hostile-texts.ts'

interface HostileKind {
  /** Of 2,000. */
  count: number
  isOn: boolean
  make: (target: Target) => fc.Arbitrary<Draft>
}

/** All that is tried, in one table, so that a kind can be switched off. */
export const hostileKinds: Record<string, HostileKind> = {
  texts: { count: 340, isOn: true, make: (target) => changed(target, shortText, target.withText) },
  'long texts': { count: 60, isOn: true, make: (target) => changed(target, longText, target.withText) },
  keys: {
    count: 150,
    isOn: true,
    make: (target) => fc.tuple(good(target), hostileKey()).map(([{ value }, key]) => ({ key, value })),
  },
  headers: { count: 300, isOn: true, make: (target) => withHeaders(target, headers(ownName)) },
  'names of Object.prototype as headers': {
    count: 100,
    isOn: true,
    make: (target) => withHeaders(target, headers(prototypeName)),
  },
  '70 KiB of headers': {
    count: 40,
    isOn: true,
    make: (target) => withHeaders(target, fc.integer({ min: 1, max: 8 }).map(large)),
  },
  'thousands of headers': {
    count: 8,
    isOn: true,
    make: (target) => withHeaders(target, fc.integer({ min: 2_000, max: 20_000 }).map(many)),
  },
  framing: {
    count: 250,
    isOn: true,
    make: () => unreadable(unframed().map((value) => ({ key: Buffer.alloc(0), value }))),
  },
  'cut and flipped': {
    count: 300,
    isOn: true,
    make: (target) =>
      fc.tuple(good(target), fc.nat(), fc.boolean()).map(([{ key, value }, at, isCut]) => ({
        key,
        value: isCut ? value.subarray(0, at % value.length) : flipped(value, at),
      })),
  },
  garbage: {
    count: 130,
    isOn: true,
    make: ({ writerId }) => fc.oneof(garbage(), underSchema([writerId])),
  },
  'unknown schemas': {
    count: 100,
    isOn: true,
    make: () => unreadable(fc.integer({ min: 1e9, max: 2 ** 31 - 1 }).chain((id) => underSchema([id]))),
  },
  'schemas of other topics': { count: 40, isOn: true, make: ({ schemas }) => unreadable(underSchema(schemas.foreign)) },
  'schemas of strangers': { count: 60, isOn: true, make: ({ schemas }) => underSchema(schemas.plain) },
  'deep schemas of strangers': { count: 60, isOn: true, make: ({ schemas }) => underSchema(schemas.deep) },
  'half a million empty items': {
    count: 2,
    isOn: true,
    make: (target) => unreadable(changed(target, fc.constant(null), target.withEmptyItems)),
  },
  breaches: {
    count: 60,
    isOn: true,
    make: (target) =>
      unreadable(changed(target, fc.constantFrom(...target.breaches), (event, breach) => ({ ...event, ...breach }))),
  },
}
