import { describe, expect, test } from 'vitest'
import { findOurs } from './clear-leftovers.ts'

const dataDir = '/home/someone/project/.data'
const facts = (argv: string[], cwd: string | null = '/') => ({ pid: 4711, parent: 1, identity: '1', argv, cwd })
const ours = (argv: string[], cwd?: string | null) => findOurs([facts(argv, cwd)], dataDir).length === 1
const broker = [
  '/usr/bin/java',
  '-Xmx512m',
  `-Dinsights.stack=${dataDir}`,
  '-cp',
  'libs/*',
  'kafka.Kafka',
  'server.properties',
]

describe('findOurs, which decides what is killed', () => {
  test('finds our JVMs, our postmaster and its children', () => {
    expect(ours(broker)).toBe(true)
    expect(ours(['/x/native/bin/postgres', '-D', `${dataDir}/postgres`, '-p', '15432'])).toBe(true)
    expect(ours(['postgres: checkpointer '], `${dataDir}/postgres`)).toBe(true)
  })

  test('leaves servers of another data directory alone, even when its path begins with ours', () => {
    expect(ours(broker.map((arg) => arg.replace(dataDir, `${dataDir}-2`)))).toBe(false)
    expect(ours(['/x/postgres', '-D', `${dataDir}/postgres-old`])).toBe(false)
    expect(ours(['postgres: checkpointer '], '/var/lib/postgresql/18/main')).toBe(false)
    expect(ours(['/usr/lib/postgresql/18/bin/postgres', '-D', '/var/lib/postgresql/18/main'])).toBe(false)
  })

  test('leaves alone what only mentions the directory or stands in it', () => {
    expect(ours(['vim', `${dataDir}/logs/kafka-1.log`])).toBe(false)
    expect(ours(['grep', '-r', `insights.stack=${dataDir}`])).toBe(false)
    expect(ours(['pgrep', '-f', `-Dinsights.stack=${dataDir}`])).toBe(false)
    expect(ours(['bash'], `${dataDir}/postgres`)).toBe(false)
    expect(ours(['psql', '-D', `${dataDir}/postgres`])).toBe(false)
    expect(ours([])).toBe(false)
  })

  test('knows them also where ps gives the command line as one string', () => {
    expect(ours([broker.join(' ')], null)).toBe(true)
    expect(ours([`/x/bin/postgres -D ${dataDir}/postgres -p 15432`], null)).toBe(true)
    expect(ours([`/x/bin/postgres -D ${dataDir}/postgres-old -p 15432`], null)).toBe(false)
    expect(ours([`tail -f ${dataDir}/logs/kafka-1.log`], null)).toBe(false)
    expect(ours([`sh -c echo  -Dinsights.stack=${dataDir} `], null)).toBe(false)
  })

  test('never names this process', () => {
    expect(findOurs([{ ...facts(broker), pid: process.pid }], dataDir)).toEqual([])
  })
})
