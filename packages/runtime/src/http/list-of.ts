import { z } from 'zod'
import { MOST_FAULTS } from './faults-of.ts'

/**
 * A list whose length is checked before an item is looked at, and whose items are looked at only until there are more
 * faults than an answer lists. `z.array()` looks at all of them first: a megabyte of zeros became 524,000 faults and
 * 400 MB.
 */
export function listOf<Item extends z.ZodType>(item: Item, { min, max }: { min: number; max: number }) {
  return z
    .custom<z.input<Item>[]>((value) => Array.isArray(value), {
      error: ({ input }) => (input === undefined ? 'Missing: expected a list' : 'must be a list'),
    })
    .transform((list, context): z.output<Item>[] => {
      if (list.length >= min && list.length <= max) return readItems(item, list, context)
      context.addIssue(`must have ${min} to ${max} items`)
      return z.NEVER
    })
    .meta(describe(item, min, max))
}

function readItems<Item extends z.ZodType>(
  item: Item,
  list: z.input<Item>[],
  context: z.core.$RefinementCtx,
): z.output<Item>[] {
  const items: z.output<Item>[] = []
  for (const [index, value] of list.entries()) {
    const read = z.safeParse(item, value)
    if (read.success) items.push(read.data)
    else
      for (const issue of read.error.issues)
        context.issues.push({ ...issue, input: undefined, path: [index, ...issue.path] })
    if (context.issues.length > MOST_FAULTS) break
  }
  return context.issues.length === 0 ? items : z.NEVER
}

function describe(item: z.ZodType, min: number, max: number) {
  const { $schema: _, ...list } = z.toJSONSchema(z.array(item).min(min).max(max), {
    io: 'input',
    unrepresentable: 'any',
  })
  return list
}
