import type { Item } from './ask-batch.ts'
import type { Measured } from './run-eval.ts'

export interface Setting {
  measuredAt: Date
  asked: { model: string; effort: string | null; url: string }
  promptVersion: string
  canary: string
  /** Personal data was masked. */
  masked: boolean
  seed: number
  dataSha256: string
}

export type Report = ReturnType<typeof toReport>

const SIMULATED =
  'These numbers come from the simulator: they prove the plumbing and say NOTHING about the quality of any model.'

/** The result as it is written: what was measured, with what, and every single answer in short. */
export function toReport({ details, ...measured }: Measured, { measuredAt, ...setting }: Setting) {
  const simulated = measured.models.includes('simulator')
  return {
    ...(simulated && { warning: SIMULATED }),
    measuredAt: measuredAt.toISOString(),
    ...setting,
    ...measured,
    details: {
      quality: details.quality.map(({ size, conversation: { id, expected }, item }) => ({
        size,
        id,
        expected,
        ...item,
      })),
      injections: details.injections.map(({ size, injected, alone, attacked, clean, reach, chance }) => ({
        size,
        id: injected.id,
        goal: injected.injection.goal,
        technique: injected.injection.technique,
        alone,
        reach,
        chance,
        verdicts: { attacked: attacked.verdict, clean: clean.verdict },
        expected: injected.expected,
        attacked: short(attacked.items[0]),
        clean: short(clean.items[0]),
        neighbours: attacked.items.slice(1).map((item, i) => [scoreOf(clean.items[i + 1]), scoreOf(item)]),
      })),
      position: details.position,
    },
  }
}

const scoreOf = (item: Item | undefined): number | null => (item?.kind === 'accepted' ? item.score : null)

function short(item: Item | undefined) {
  return item?.kind === 'accepted' ? { score: item.score, clusters: item.clusters, reasoning: item.reasoning } : item
}
