import avsc, { type Type } from 'avsc'

const { types } = avsc

/** What a type costs before its value is read: its fewest bytes, and the steps that no byte pays for. */
export interface Cost {
  leastBytes: number
  steps: number
}

/**
 * A type takes no bytes ever, or one at least: a union, array or map takes one itself, whatever it holds. `known`
 * remembers the records, for a record may stand in 2^40 places of a small schema.
 */
export function costOf(type: Type, known: Map<Type, Cost>): Cost {
  if (type instanceof types.LogicalType) return costOf(type.underlyingType, known)
  if (type instanceof types.FixedType) return { leastBytes: type.size, steps: 1 }
  if (!(type instanceof types.RecordType)) {
    return { leastBytes: { null: 0, float: 4, double: 8 }[type.typeName as string] ?? 1, steps: 1 }
  }
  const earlier = known.get(type)
  if (earlier !== undefined) return earlier
  known.set(type, { leastBytes: Infinity, steps: 1 }) // met again inside itself: no value of it ever ends
  const cost = { leastBytes: 0, steps: 1 }
  for (const field of type.fields) {
    const inside = costOf(field.type, known)
    cost.leastBytes += inside.leastBytes
    if (inside.leastBytes === 0) cost.steps += inside.steps
  }
  known.set(type, cost)
  return cost
}
