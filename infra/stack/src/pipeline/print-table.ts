export interface InsightRow {
  conversation_id: string
  sentiment_score: number
  confidence: number
  clusters: string[]
  reasoning: string
  model: string
}

const COLUMNS = { conversation: 22, mood: 13, conf: 4, clusters: 34, reasoning: 60 } as const

export const tableHeader = (): string =>
  [
    row('conversation', 'mood', 'conf', 'clusters', 'reasoning'),
    Object.values(COLUMNS)
      .map((width) => '─'.repeat(width))
      .join('  '),
  ].join('\n')

/** One line of the demo's table. Reasoning is a model's text: control characters must not reach the terminal. */
export const tableRow = (insight: InsightRow): string =>
  row(
    insight.conversation_id,
    `${bar(insight.sentiment_score)} ${insight.sentiment_score >= 0 ? '+' : ''}${insight.sentiment_score.toFixed(2)}`,
    insight.confidence.toFixed(2),
    insight.clusters.join(', '),
    insight.reasoning,
  )

/** −1 … 1 as seven cells around a middle. */
function bar(score: number): string {
  const steps = Math.round(Math.max(-1, Math.min(1, score)) * 3)
  const cell = (i: number) => {
    if (i === 0) return '│'
    return (i < 0 && i >= steps) || (i > 0 && i <= steps) ? '█' : '·'
  }
  return [-3, -2, -1, 0, 1, 2, 3].map(cell).join('')
}

function row(conversation: string, mood: string, conf: string, clusters: string, reasoning: string): string {
  return [
    fit(conversation, COLUMNS.conversation),
    fit(mood, COLUMNS.mood),
    fit(conf, COLUMNS.conf),
    fit(clusters, COLUMNS.clusters),
    fit(reasoning, COLUMNS.reasoning).trimEnd(),
  ].join('  ')
}

function fit(text: string, width: number): string {
  const clean = text.replace(/\p{C}/gu, ' ')
  return clean.length > width ? `${clean.slice(0, width - 1)}…` : clean.padEnd(width)
}
