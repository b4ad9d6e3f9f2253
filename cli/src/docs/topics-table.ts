import { type Topic, topics } from '@insights/schemas/topics'

/** The topics as a Markdown table, made from the table that creates them. */
export function topicsTable(): string {
  const lines = Object.values(topics).map(
    (topic: Topic) =>
      `| \`${topic.name}\` | ${topic.key} | \`${topic.avro.name}\` | ${topic.partitions} | ${keeps(topic.config)} | ` +
      `${mebibytes(topic.config)} MiB | ${topic.writtenBy.join(', ')} |`,
  )
  return [
    '| topic | key | value | partitions | keeps | largest batch | written by |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

const DAY_MS = 86_400_000

function keeps(config: Record<string, string>): string {
  if (config['cleanup.policy'] === 'compact') return 'the newest of each key'
  return `${Number(config['retention.ms']) / DAY_MS} d`
}

const mebibytes = (config: Record<string, string>): number => Number(config['max.message.bytes']) / 1024 / 1024
