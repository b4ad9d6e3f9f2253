import { describe, expect, test } from 'vitest'
import { javaMajor, judgePrerequisites, newestJava, type Prerequisites } from './judge-prerequisites.ts'

const java = (version: number) => ({ path: `/jvm/${version}/bin/java`, version })
const judge = (given: Partial<Prerequisites>) =>
  judgePrerequisites({
    kafka: { wanted: true, cached: false },
    registry: { wanted: true, cached: false },
    javas: [java(25)],
    mvn: '/usr/bin/mvn',
    platform: 'linux',
    ...given,
  })
const sentence = (given: Partial<Prerequisites>) => {
  const verdict = judge(given)
  return verdict.ok ? null : verdict.sentence
}

describe('judgePrerequisites', () => {
  test('takes the newest Java', () => {
    expect(judge({ javas: [java(17), java(25), java(21)] })).toEqual({ ok: true, java: java(25) })
  })

  test('no Java at all: one sentence with what is missing and the three ways out', () => {
    expect(sentence({ javas: [] })).toBe(
      'Kafka and the schema registry need Java 21 or newer to run, and none was found: install a JDK of version 21 or newer, ' +
        'or start Docker, or point KAFKA_BROKERS and SCHEMA_REGISTRY_URL at existing ones.',
    )
  })

  test('a Java that is too old is named, with its path', () => {
    expect(sentence({ javas: [java(17), java(11)] })).toContain('the newest found is Java 17 (/jvm/17/bin/java)')
  })

  test('Java 17 is enough when only Kafka is ours', () => {
    expect(judge({ javas: [java(17)], registry: { wanted: false, cached: false } })).toMatchObject({ ok: true })
    expect(sentence({ javas: [java(11)], registry: { wanted: false, cached: false } })).toMatch(
      /^Kafka needs Java 17 .*KAFKA_BROKERS at/,
    )
  })

  test('Maven is missed only while something has to be downloaded', () => {
    const cached = { wanted: true, cached: true }
    expect(sentence({ mvn: null })).toContain('mvn is not on PATH: install Maven, or start Docker')
    expect(sentence({ mvn: null, kafka: cached })).toContain('Maven')
    expect(judge({ mvn: null, kafka: cached, registry: cached })).toMatchObject({ ok: true })
  })

  test('everything that is missing is named at once', () => {
    expect(sentence({ javas: [], mvn: null })).toContain('install a JDK of version 21 or newer and Maven')
  })

  test('nothing is needed when both parts come from elsewhere', () => {
    const elsewhere = { wanted: false, cached: false }
    expect(judge({ kafka: elsewhere, registry: elsewhere, javas: [], mvn: null })).toEqual({ ok: true, java: null })
  })

  test('Windows is told the ways that work there', () => {
    expect(sentence({ platform: 'win32' })).toContain('WSL')
  })
})

test('versions old and new are read, and nonsense is no version', () => {
  expect(['1.8.0_402', '17.0.15', '25', '26-ea', 'GraalVM'].map(javaMajor)).toEqual([8, 17, 25, 26, null])
  expect(newestJava([])).toBeNull()
})
