import { topics } from '@insights/schemas/topics'

/** The topics as a Markdown table, made from the table that creates them. */
export function topicsTable(): string {
  const lines = Object.values(topics).map(
    (topic) =>
      `| \`${topic.name}\` | ${topic.key} | ${topic.partitions} | ${keeps(topic.config)} | ${topic.writtenBy.join(', ')} |`,
  )
  return ['| topic | key | partitions | keeps | written by |', '|---|---|---|---|---|', ...lines].join('\n')
}

const DAY_MS = 86_400_000

function keeps(config: Record<string, string>): string {
  if (config['cleanup.policy'] === 'compact') return 'the newest of each key'
  return `${Number(config['retention.ms']) / DAY_MS} d`
}
