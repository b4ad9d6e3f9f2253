import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAloneRunner } from './run-alone.ts'

test('whatever comes in whatever order: one that runs alone meets no other, and each has its turn, also after errors', async () => {
  const Piece = fc.record({ alone: fc.boolean(), fails: fc.boolean(), turns: fc.nat(3) })
  await fc.assert(
    fc.asyncProperty(fc.array(Piece, { maxLength: 30 }), async (pieces) => {
      const { run } = createAloneRunner()
      const running = new Set<number>()
      const broken: string[] = []
      const begun: number[] = []
      const look = () => {
        const alone = [...running].filter((i) => pieces[i]?.alone === true)
        if (alone.length > 0 && running.size > 1) broken.push([...running].join())
      }
      const ends = await Promise.allSettled(
        pieces.map(({ alone, fails, turns }, i) =>
          run(
            async () => {
              begun.push(i)
              running.add(i)
              look()
              for (let turn = 0; turn < turns; turn++) await Promise.resolve()
              look()
              running.delete(i)
              if (fails) throw new Error('failed')
            },
            { alone },
          ),
        ),
      )
      expect({ broken, begun, ends: ends.map(({ status }) => status) }).toEqual({
        broken: [],
        begun: pieces.map((_, i) => i),
        ends: pieces.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')),
      })
    }),
  )
})
