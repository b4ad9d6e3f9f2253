import type { Command } from 'commander'

export interface CommandEntry {
  name: string
  /** One line for the list of commands. */
  summary: string
  load: () => Promise<{ define: (command: Command) => void }>
}

/**
 * Every command. Those that only developers use take packages that an image does not hold, and load them when they are
 * run, not when they are defined.
 */
export const commands: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'starts everything on this machine: servers, topics, tables, services',
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'stack',
    summary: 'starts Kafka, registry, Postgres, topics, schemas and tables only',
    load: () => import('./commands/stack.ts'),
  },
  {
    name: 'provision',
    summary: 'creates topics and registers schemas',
    load: () => import('./commands/provision.ts'),
  },
  {
    name: 'migrate',
    summary: 'brings the tables of DATABASE_URL up to date',
    load: () => import('./commands/migrate.ts'),
  },
  {
    name: 'verify',
    summary: 'recounts the insights and compares with all that is kept of them',
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'roles',
    summary: 'makes the roles in Postgres with which the projector writes and the API reads',
    load: () => import('./commands/roles.ts'),
  },
  {
    name: 'rebuild',
    summary: 'makes the tables of DATABASE_URL once more from the topics, and swaps them',
    load: () => import('./commands/rebuild.ts'),
  },
  {
    name: 'redrive',
    summary: 'publishes the original records of failures again',
    load: () => import('./commands/redrive.ts'),
  },
  {
    name: 'reanalyze',
    summary: "has the conversations of a window analysed once more, under today's prompt",
    load: () => import('./commands/reanalyze.ts'),
  },
  {
    name: 'holds',
    summary: 'says why the calls of all analyzers are held, and what they have spent today; ends a hold',
    load: () => import('./commands/holds.ts'),
  },
  {
    name: 'produce',
    summary: 'writes one conversation straight to Kafka, as another system would',
    load: () => import('./commands/produce.ts'),
  },
  {
    name: 'docs',
    summary: 'writes the generated parts of the documents',
    load: () => import('./commands/docs.ts'),
  },
  {
    name: 'words',
    summary: 'checks texts for words that have a plainer one, and for long comment lines',
    load: () => import('./commands/words.ts'),
  },
]
