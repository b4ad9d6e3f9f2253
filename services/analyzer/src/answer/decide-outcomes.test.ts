import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideOutcomes, type Verdict } from './decide-outcomes.ts'
import type { ItemVerdict } from './judge-answer.ts'
import type { CallVerdict } from './judge-reply.ts'
import { offsets, work } from '../work/work.fixture.ts'
import type { Work } from '../work/work.ts'

const answer = { conversation_id: 'a', reasoning: 'r', sentiment_score: 0, confidence: 1, clusters: [] }
const accepted: ItemVerdict = { kind: 'accepted', answer, raw: '{}' }
const missing: ItemVerdict = { kind: 'missing' }
const invalid: ItemVerdict = { kind: 'invalid', reason: 'sentiment_score: too big' }
const OK: CallVerdict = { verdict: 'ok', reason: 'answered' }
const UNREADABLE: CallVerdict = { verdict: 'unknown', reason: 'no_results' }
const DECLINED: CallVerdict = { verdict: 'unsafe', reason: 'refused' }
const CUT_OFF: CallVerdict = { verdict: 'too_long', reason: 'length' }
const DISTRUSTED: CallVerdict = { verdict: 'distrusted', reason: 'canary_wrong' }

const judged = (verdict: CallVerdict, items: ItemVerdict[] = []) =>
  ({
    ...verdict,
    detail: 'why',
    items: new Map(items.map((item, i) => [`a${i}`, item])),
    unknown: 0,
    model: null,
    usage: null,
  }) as Verdict
const aliases = Array.from({ length: 20 }, (_, i) => `a${i}`)
const decide = (works: readonly Work[], verdict: Verdict) => decideOutcomes(works, aliases, verdict, 3)
const works = (count: number, more: Partial<Work> = {}) => Array.from({ length: count }, (_, i) => work(i, more))
const groups = (again: readonly Work[]) => again.map(({ group }) => group)

describe('what becomes of the conversations of a call', () => {
  test('good ones are kept; only missing and invalid ones go again, charged', () => {
    const { accepted: kept, failed, again } = decide(works(3), judged(OK, [missing, accepted, invalid]))
    expect(kept.map(({ work: { record } }) => record.offset)).toEqual([1])
    expect(failed).toEqual([])
    expect(again.map((w) => [w.record.offset, w.attempts, w.group])).toEqual([
      [0, 1, null],
      [2, 1, null],
    ])
  })

  test('the last attempt ends as a failure of the class that fits', () => {
    const last = { attempts: 2 }
    const { failed } = decide([work(0, last), work(1, last), work(2)], judged(OK, [missing, invalid, accepted]))
    expect(failed).toMatchObject([
      { class: 'missing_answer', retryable: false, work: { attempts: 3 } },
      { class: 'malformed_answer', work: { attempts: 3 }, detail: 'sentiment_score: too big' },
    ])
  })

  test('an answer that cannot be read charges no conversation: the same batch once more, then its halves', () => {
    const once = decide(works(4), judged(UNREADABLE)).again
    expect(once.map(({ attempts, spoilt, group }) => [attempts, spoilt, group])).toEqual(
      works(4).map(() => [0, 1, '0/0']),
    )
    const twice = decide(once, judged(UNREADABLE)).again
    expect(twice.map(({ attempts, spoilt }) => [attempts, spoilt])).toEqual(works(4).map(() => [0, 2]))
    expect(groups(twice)).toEqual(['0/0', '0/0', '0/2', '0/2'])
  })

  test('one that the model declined is halved at once, three go one by one', () => {
    expect(groups(decide(works(5), judged(DECLINED)).again)).toEqual(['0/0', '0/0', '0/0', '0/3', '0/3'])
    expect(groups(decide(works(3), judged(DECLINED)).again)).toEqual(['0/0', '0/1', '0/2'])
  })

  test('of one that was cut off what is closed is kept, the others go together if they are half of it or fewer', () => {
    const items = [accepted, accepted, accepted, missing, accepted, missing]
    const { accepted: kept, again } = decide(works(6), judged(CUT_OFF, items))
    expect(kept).toHaveLength(4)
    expect(again.map((w) => [w.record.offset, w.attempts, w.group])).toEqual([
      [3, 0, '0/3'],
      [5, 0, '0/3'],
    ])
    expect(groups(decide(works(6), judged(CUT_OFF)).again)).toEqual([...Array(3).fill('0/0'), ...Array(3).fill('0/3')])
  })

  test('(I4) of one that is not believed nothing is kept, and all go one by one, uncharged', () => {
    expect(decide([work(0, { attempts: 2 })], judged(DISTRUSTED)).failed).toMatchObject([{ retryable: true }])
    const { accepted: kept, failed, again } = decide(works(4), judged(DISTRUSTED))
    expect([kept, failed]).toEqual([[], []])
    expect(again.map(({ attempts, group }) => [attempts, group])).toEqual([0, 1, 2, 3].map((i) => [0, `0/${i}`]))
  })

  test('one that is alone in its call is charged and stays alone', () => {
    expect(decide([work(7)], judged(UNREADABLE)).again).toMatchObject([{ attempts: 1, group: '0/7' }])
    expect(decide([work(0, { attempts: 2 })], judged(UNREADABLE)).failed).toMatchObject([
      { class: 'malformed_answer', detail: 'why' },
    ])
    expect(decide([work(0, { attempts: 2 })], judged(DECLINED)).failed).toMatchObject([{ class: 'refused' }])
  })

  test('when the one that spoilt answers stands alone, they count against it', () => {
    expect(decide([work(0, { spoilt: 2 })], judged(UNREADABLE)).failed).toMatchObject([{ work: { attempts: 3 } }])
    expect(decide([work(0, { spoilt: 2 })], judged(OK, [invalid])).failed).toMatchObject([{ work: { attempts: 3 } }])
    expect(decide(works(2, { spoilt: 2 }), judged(OK, [invalid, accepted])).again).toMatchObject([{ attempts: 1 }])
    expect(decide([work(0, { spoilt: 1 })], judged(UNREADABLE)).again).toMatchObject([{ attempts: 2, spoilt: 0 }])
  })

  test('after a readable answer it may share calls again, but one that looks suspicious stays alone', () => {
    const split = { spoilt: 2, group: '0/0' }
    const { again } = decide(
      [work(0, split), work(1, { ...split, suspicion: 'role_markers' }), work(2, split)],
      judged(OK, [missing, missing, accepted]),
    )
    expect(again).toMatchObject([
      { spoilt: 0, group: null },
      { spoilt: 0, group: '0/1' },
    ])
  })
})

/** Takes the calls as the gatherer does: those of a group together, others with any that wait. */
function callsUntilDone(
  count: number,
  answerTo: (works: readonly Work[], call: number) => Verdict,
): { calls: number; failed: string[]; ended: number[] } {
  let waiting: readonly Work[] = works(count)
  const failed: string[] = []
  const ended: number[] = []
  let calls = 0
  while (waiting.length > 0) {
    const group = waiting[0]?.group ?? null
    const batch = waiting.filter((w) => w.group === group)
    const outcomes = decide(batch, answerTo(batch, calls++))
    failed.push(...outcomes.failed.map(({ class: cls }) => cls))
    ended.push(...[...outcomes.accepted, ...outcomes.failed].map((outcome) => outcome.work.record.offset))
    waiting = [...waiting.filter((w) => w.group !== group), ...outcomes.again]
    if (calls > 1_000) throw new Error('it does not end')
  }
  return { calls, failed, ended }
}

describe('a poisonous conversation', () => {
  const answerUnless =
    (spoils: (works: readonly Work[]) => boolean, verdict: CallVerdict) => (batch: readonly Work[]) =>
      spoils(batch)
        ? judged(verdict)
        : judged(
            OK,
            batch.map(() => accepted),
          )

  test.each([
    ['unreadable', UNREADABLE, 'malformed_answer'],
    ['cut off', CUT_OFF, 'malformed_answer'],
  ])('%s: wherever it stands, it fails alone after at most 2·log2 N + 2 extra calls', (_name, verdict, cls) => {
    for (let count = 2; count <= 40; count++)
      for (let poison = 0; poison < count; poison++) {
        const spoils = (batch: readonly Work[]) => offsets(batch).includes(poison)
        const { calls, failed, ended } = callsUntilDone(count, answerUnless(spoils, verdict))
        expect(failed).toEqual([cls])
        expect(ended).toHaveLength(count)
        expect(calls - 1, `${poison} of ${count}`).toBeLessThanOrEqual(2 * Math.log2(count) + 2)
      }
  })

  test('(I2) every conversation of every call ends in exactly one place, whatever is answered', () => {
    const verdict = fc.constantFrom(OK, OK, UNREADABLE, DECLINED, CUT_OFF, DISTRUSTED)
    const item = fc.constantFrom(accepted, accepted, missing, invalid)
    const oneAnswer = fc.tuple(verdict, fc.array(item, { minLength: 20, maxLength: 20 }))
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(oneAnswer, { minLength: 1, maxLength: 40 }),
        (count, script) => {
          const { ended } = callsUntilDone(count, (batch, call) => {
            const [kind, items] = script[call] ?? ([OK, []] as const)
            const scripted = items.slice(0, batch.length)
            const readable = kind === OK || kind === CUT_OFF
            if (script[call] === undefined)
              return judged(
                OK,
                batch.map(() => accepted),
              )
            return judged(kind, readable ? scripted : [])
          })
          expect(ended.toSorted((a, b) => a - b)).toEqual(offsets(works(count)))
        },
      ),
    )
  })
})
