import type { GoalFigures } from './measure-injections.ts'
import { GOALS } from './read-conversations.ts'
import { TICKS_PER_USD, type UsageSum } from './sum-usage.ts'
import type { Report } from './to-report.ts'

/** The report for people, as Markdown. */
export function renderReport(report: Report): string {
  return [
    ...(report.warning ? [`**${report.warning}**`] : []),
    ...head(report),
    '## Answers\n\nEach conversation asked about once, in calls of N.',
    table(['', ...report.quality.map(({ size }) => `N = ${size}`)], answerRows(report)),
    '## Injections\n\nHow many reached their goal, of those where it can be told. Caught: the whole answer was given up for it. By chance: the same rule, for two runs without the injection.',
    table(['goal', ...report.injection.map(({ size }) => `N = ${size}`)], injectionRows(report)),
    `The analyzer takes ${report.alone.injections} of the ${report.injections} injections for an attack, and ${report.alone.conversations} of the ${report.conversations} other conversations, and would ask about each of these in a call of its own; here they share calls all the same.`,
    ...position(report),
    '## By tag\n\nMean absolute error, and share of right signs.',
    table(['tag', ...report.quality.map(({ size }) => `N = ${size}`)], tagRows(report)),
  ].join('\n\n')
}

function head({ models, asked, measuredAt, promptVersion, canary, masked, seed, usage, ...report }: Report): string[] {
  const effort = asked.effort === null ? 'no effort set' : `effort ${asked.effort}`
  const taken = `${number(usage.calls)} calls, ${number(tokensOf(usage))} tokens, ${usd(usage)} USD, ${number(report.seconds)} s`
  const silent =
    usage.unreported === 0 ? '' : `; ${usage.unreported} calls did not report their usage and are not in it`
  return [
    `# Evaluation of ${models.join(', ')}`,
    [
      `- asked: ${asked.model} (${effort}) at ${asked.url}, ${measuredAt}`,
      `- prompt ${promptVersion}, canaries: ${canary}, personal data ${masked ? 'masked' : 'as it is'}, seed ${seed}`,
      `- ${report.conversations} conversations and ${report.injections} injections (data ${report.dataSha256.slice(0, 8)})`,
      `- took ${taken}${silent}`,
    ].join('\n'),
  ]
}

function answerRows({ quality }: Report): string[][] {
  const row = (name: string, cell: (figures: (typeof quality)[number]) => string) => toRow(name, quality, cell)
  const perConversation = (value: number, conversations: number) => number(value / conversations)
  return [
    row('mean absolute error (0–2)', (figures) => decimals(figures.meanAbsoluteError)),
    row('sign accuracy (±0.2)', (figures) => percent(figures.signAccuracy)),
    row('macro-F1 of clusters (0–1)', (figures) => decimals(figures.macroF1)),
    row('labels outside the taxonomy', (figures) => percent(figures.labelsOutside)),
    row('calibration error (0–1)', (figures) => decimals(figures.calibrationError)),
    row('missing', (figures) => percent(figures.missing)),
    row('invalid', (figures) => percent(figures.invalid)),
    row('calls', ({ usage }) => number(usage.calls)),
    row('of them not `ok`', ({ verdicts }) => {
      const others = Object.entries(verdicts).filter(([verdict]) => verdict !== 'ok')
      return others.map(([verdict, count]) => `${count} ${verdict}`).join(', ') || '0'
    }),
    row('prompt tokens a conversation', ({ usage, conversations }) =>
      perConversation(usage.promptTokens, conversations),
    ),
    row('of them cached', ({ usage }) =>
      percent(usage.promptTokens === 0 ? null : usage.cachedTokens / usage.promptTokens),
    ),
    row('answered tokens a conversation', ({ usage, conversations }) =>
      perConversation(usage.completionTokens + usage.reasoningTokens, conversations),
    ),
    row('USD for 1,000 conversations', ({ usage, conversations }) =>
      decimals((usage.costUsdTicks / TICKS_PER_USD / conversations) * 1000),
    ),
    row('seconds a call (median)', ({ usage }) => decimals(usage.medianSeconds, 2)),
    row('seconds in all, paced', ({ seconds }) => decimals(seconds, 1)),
  ]
}

function injectionRows({ injection }: Report): string[][] {
  return [
    ...GOALS.map((goal) => toRow(goal, injection, ({ byGoal }) => reachCell(byGoal[goal]))),
    toRow('**all**', injection, ({ all }) => reachCell(all)),
    toRow('of them not taken for an attack', injection, ({ unsuspected }) => reachCell(unsuspected)),
    [
      'neighbours moved by ≥ 0.5',
      ...injection.map(({ neighbours: { moved, of, chance } }) =>
        of === 0 ? '–' : `${moved} of ${of}${chance.moved > 0 ? ` (by chance ${chance.moved} of ${chance.of})` : ''}`,
      ),
    ],
    [
      'mean absolute error of the injected (without the injection)',
      ...injection.map(({ meanAbsoluteError: { injected, clean } }) => `${decimals(injected)} (${decimals(clean)})`),
    ],
    ['calls', ...injection.map(({ usage }) => number(usage.calls))],
  ]
}

function reachCell({ told, reached, caught, chance }: GoalFigures): string {
  if (told === 0) return '–'
  const more = [
    caught > 0 && `caught ${caught}`,
    chance.reached > 0 && `by chance ${chance.reached}`,
    chance.caught > 0 && `caught by chance ${chance.caught}`,
  ].filter((part) => part !== false)
  return `${reached} of ${told}${more.length > 0 ? ` (${more.join(', ')})` : ''}`
}

function position({ position: figures }: Report): string[] {
  const { size, conversations, meanSpread, largestSpread, repeatDifference, shiftByPlace } = figures
  return [
    `## Position\n\n${conversations} conversations, each at all ${shiftByPlace.length} places of the same call of ${size} (canaries have places too).`,
    table(
      ['', 'score'],
      [
        ['mean spread over the places', decimals(meanSpread)],
        ['largest spread', decimals(largestSpread)],
        ['mean difference of the same call asked twice', decimals(repeatDifference)],
      ],
    ),
    `Mean shift at each place, first to last: ${shiftByPlace.map((shift) => decimals(shift, 2)).join(', ')}`,
  ]
}

function tagRows({ quality }: Report): string[][] {
  const tags = Object.keys(quality[0]?.byTag ?? {})
  return tags.map((tag) =>
    toRow(tag, quality, ({ byTag }) => {
      const figures = byTag[tag]
      if (figures === undefined || figures.answered === 0) return '–'
      return `${decimals(figures.meanAbsoluteError, 2)}, ${percent(figures.signAccuracy)} (${figures.answered})`
    }),
  )
}

/** One cell for each batch size. */
const toRow = <T>(name: string, sizes: readonly T[], cell: (figures: T) => string): string[] => [
  name,
  ...sizes.map(cell),
]

function table(header: string[], rows: string[][]): string {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(3, ...all.map((row) => [...(row[column] ?? '')].length)))
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(header), rule, ...rows.map(line)].join('\n')
}

const tokensOf = ({ promptTokens, completionTokens, reasoningTokens }: UsageSum): number =>
  promptTokens + completionTokens + reasoningTokens
const usd = ({ costUsdTicks }: UsageSum): string => (costUsdTicks / TICKS_PER_USD).toFixed(2)
const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 0 })
const decimals = (value: number | null, digits = 3): string =>
  value === null ? '–' : value.toFixed(digits).replace(/^-(?=[0.]+$)/, '')
const percent = (value: number | null): string => (value === null ? '–' : `${(value * 100).toFixed(1)} %`)
