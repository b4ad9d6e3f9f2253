import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { internalTopics, topics } from '@insights/schemas/topics'
import { expect, test } from 'vitest'
import { root } from '../root.ts'

test('docs/access.md says of every topic who reads and writes it', () => {
  const rows = readFileSync(resolve(root, 'docs/access.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const whoHas = (name: string, column: 2 | 3) =>
    rows.flatMap((cells) => (cells[column]?.includes(`\`${name}\``) === true ? [cells[1] ?? ''] : [])).join(', ')
  for (const { name, readBy, writtenBy } of Object.values(topics)) {
    for (const group of readBy) expect(whoHas(name, 2), name).toContain(group)
    for (const writer of writtenBy) expect(whoHas(name, 3), name).toContain(writer.replace('system', 'producer'))
  }
  for (const { name } of Object.values(internalTopics))
    expect([whoHas(name, 2), whoHas(name, 3)], name).toEqual(
      expect.arrayContaining([expect.stringContaining('analyzer')]),
    )
})
