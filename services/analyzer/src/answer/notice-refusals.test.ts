import { describe, expect, test } from 'vitest'
import { readCompletion } from '../provider/read-completion.ts'
import { judgeReply } from './judge-reply.ts'
import { createRefusalNotice } from './notice-refusals.ts'

const judge = (status: number, body: string) =>
  judgeReply(readCompletion({ status, headers: new Headers(), body }, 0), { aliases: ['a'], canaries: [] })
const REFUSED = judge(400, '{"code":"invalid-argument","error":"Invalid request content."}')
const BLOCKED = judge(400, '{"error":{"code":"content_filter","message":"The prompt was filtered."}}')
const ANSWERED = judge(200, '{"choices":[{"message":{"content":"hm"}}]}')
const PAGE = judge(200, '<html>maintenance</html>')
const DOWN = judge(503, '')
const TO_ALL = { verdict: 'misconfigured', reason: 'request' }

function create() {
  const group = { heldFor: null as string | null, cleared: 0 }
  const notice = createRefusalNotice({ heldFor: () => group.heldFor, lastCleared: () => group.cleared })
  const works = (ids: string) => [...ids].map((conversationId) => ({ conversationId }))
  const call = (ids: string, judgement: typeof REFUSED) => {
    const number = notice.begin()
    const checked = notice.check(number, works(ids), judgement)
    notice.end(number)
    return checked
  }
  return { group, notice, works, call }
}

describe('whether a refusal is due to a conversation or is met by all', () => {
  test('one conversation that is refused again and again is its own fault', () => {
    const { call } = create()
    for (let i = 0; i < 20; i++) expect(call('a', REFUSED)).toBe(REFUSED)
    expect(call('ab', REFUSED)).toBe(REFUSED)
  })

  test('three calls about different conversations that meet the same refusal are met by all', () => {
    const { call } = create()
    expect([call('ab', REFUSED), call('cd', REFUSED)]).toEqual([REFUSED, REFUSED])
    expect(call('e', REFUSED)).toMatchObject({ ...TO_ALL, detail: expect.stringContaining('Invalid request content') })
  })

  test('the halves of a refused call count in its place: ten conversations alone tell, too', () => {
    const { call } = create()
    const verdicts = ['abcdefghij', 'abcde', 'fghij', 'abc', 'de'].map((ids) => call(ids, REFUSED).verdict)
    expect(verdicts).toEqual(['refused', 'refused', 'refused', 'refused', 'misconfigured'])
  })

  test('pages with a 200, for different conversations, are an outage; so is one while calls are held for an outage', () => {
    const { group, call } = create()
    expect([call('a', PAGE), call('ab', PAGE), call('c', PAGE)]).toEqual([PAGE, PAGE, PAGE])
    const outage = { verdict: 'transient', reason: 'unavailable', detail: expect.stringContaining('maintenance') }
    expect(call('d', PAGE)).toMatchObject(outage)
    expect(call('x', ANSWERED)).toBe(ANSWERED)
    group.heldFor = 'unavailable'
    expect(call('a', PAGE)).toMatchObject(outage)
    expect(call('a', REFUSED)).toBe(REFUSED)
  })

  test('different refusals are not the same one', () => {
    const { call } = create()
    for (const ids of ['ab', 'cd', 'ef', 'gh']) {
      const [one = '', other = ''] = ids
      expect([call(one, REFUSED), call(other, BLOCKED)]).toEqual([REFUSED, BLOCKED])
    }
  })

  test('an answer ends the row, an outage says nothing', () => {
    const { call } = create()
    call('a', REFUSED)
    call('b', REFUSED)
    call('x', ANSWERED)
    expect([call('c', REFUSED), call('d', REFUSED), call('x', DOWN)]).toEqual([REFUSED, REFUSED, DOWN])
    expect(call('e', REFUSED)).toMatchObject(TO_ALL)
  })

  test('while an older call is under way, its answer may still come', () => {
    const { notice, works, call } = create()
    const slow = notice.begin()
    for (const ids of 'abcdef') expect(call(ids, REFUSED)).toBe(REFUSED)
    notice.check(slow, works('x'), ANSWERED)
    notice.end(slow)
    expect(notice.evidence()).toEqual({ begun: 7, lastAnswered: 0 })
    call('g', REFUSED)
    expect(call('h', REFUSED)).toBe(REFUSED)
    expect(call('i', REFUSED)).toMatchObject(TO_ALL)
  })

  test('while calls are held for it every refusal is of that kind; when another member ended the hold the row begins again', () => {
    const { group, call } = create()
    group.heldFor = 'request'
    expect(call('a', BLOCKED)).toMatchObject(TO_ALL)
    group.heldFor = null
    for (const ids of 'bc') call(ids, BLOCKED)
    group.cleared = 1
    expect([call('d', BLOCKED), call('e', BLOCKED)]).toEqual([BLOCKED, BLOCKED])
    expect(call('f', BLOCKED)).toMatchObject(TO_ALL)
  })
})
