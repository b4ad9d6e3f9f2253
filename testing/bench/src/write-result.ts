import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'

export interface Figure {
  /** E.g. `most calls in a rolling second`. */
  what: string
  /** Numbers are rounded for the table only. */
  value: number | string | null
  unit?: string
  /** The mark in words, e.g. `≤ 10`; a figure without one is only told. */
  mark?: string
  met?: boolean
  /** A broken hard invariant fails the run, a missed speed does not. */
  hard?: boolean
}

/** Figures that belong together: one run, or one part of it. */
export interface FigureGroup {
  title: string
  figures: Figure[]
}

/** One figure against an upper or lower bound; not measured is not met. */
export function against(
  what: string,
  value: number | null,
  bound: { atMost: number } | { atLeast: number },
  more: { unit?: string; hard?: boolean } = {},
): Figure {
  const [sign, limit] = 'atMost' in bound ? ['≤', bound.atMost] : ['≥', bound.atLeast]
  const met = value !== null && ('atMost' in bound ? value <= limit : value >= limit)
  return { what, value, mark: `${sign} ${limit}`, met, ...more }
}

export function printGroup({ title, figures }: FigureGroup, say: (line: string) => void): void {
  say(`\n${title}`)
  const width = Math.max(...figures.map(({ what }) => what.length))
  for (const { what, value, unit = '', mark = '', met } of figures) {
    const shown = `${value === null ? 'not measured' : format(value)}${unit && ` ${unit}`}`
    const verdict = met === undefined ? '' : met ? 'met' : 'not met'
    say(`  ${what.padEnd(width)}  ${shown.padStart(16)}  ${mark.padEnd(14)} ${verdict}`.trimEnd())
  }
}

/** Writes results/<name>.json and says what it comes to. True when no hard invariant is broken. */
export async function writeResult(
  name: string,
  { groups, options, details }: { groups: FigureGroup[]; options: object; details?: object },
  say: (line: string) => void,
): Promise<boolean> {
  const marked = groups.flatMap(({ title, figures }) => figures.map((figure) => ({ title, ...figure })))
  const missed = marked.filter(({ met }) => met === false)
  const broken = missed.filter(({ hard }) => hard)
  const document = {
    bench: name,
    measuredAt: new Date().toISOString(),
    machine: { cpus: cpus().length, model: cpus()[0]?.model, memoryBytes: totalmem() },
    versions: { node: process.version, commit: commit() },
    options,
    groups,
    ...(details && { details }),
  }
  await mkdir(results, { recursive: true })
  await writeFile(join(results, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`)
  const all = marked.filter(({ met }) => met !== undefined).length
  say(`\n${name}: ${all - missed.length} of ${all} marks met${broken.length > 0 ? ', a hard invariant is broken' : ''}`)
  for (const { title, what, hard } of missed) say(`  ${hard ? 'BROKEN' : 'not met'}: ${title}: ${what}`)
  say(`  written to testing/bench/results/${name}.json`)
  return broken.length === 0
}

const root = resolve(import.meta.dirname, '../../..')
const results = join(root, 'testing/bench/results')

const format = (value: number | string): string =>
  typeof value === 'string' ? value : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 })

/** With a plus when files differ from it; unknown outside of a repository. */
function commit(): string | null {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    return (
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '--', '.', ':!testing/bench') === '' ? '' : '+')
    )
  } catch {
    return null
  }
}
