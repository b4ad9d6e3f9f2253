import { expect, test } from 'vitest'
import { readCompletion } from '../provider/read-completion.ts'
import { judgeReply } from './judge-reply.ts'
import { createOutageNotice } from './notice-outage.ts'

const judge = (body: string, status = 200) =>
  judgeReply(readCompletion({ status, headers: new Headers(), body }, 0), { aliases: ['a'], canaries: [] })
const PAGE = judge('<html>maintenance</html>')
const ANSWER = judge('{"choices":[{"message":{"content":"hm"}}]}')

test('a page with status 200 splits its batch; more of them in a row are an outage and charge no conversation', () => {
  const notice = createOutageNotice(3)
  const verdicts = Array.from({ length: 5 }, () => notice.check(PAGE).verdict)
  expect(verdicts).toEqual(['unknown', 'unknown', 'unknown', 'transient', 'transient'])
  expect(notice.check(PAGE)).toMatchObject({ reason: 'unavailable', detail: expect.stringContaining('maintenance') })
})

test('a real response ends it, however unusable; a call without an answer does not', () => {
  const notice = createOutageNotice(1)
  expect(notice.check(PAGE).verdict).toBe('unknown')
  expect(notice.check(judge('', 503)).verdict).toBe('transient')
  expect(notice.check(PAGE).verdict).toBe('transient')
  expect(notice.check(ANSWER)).toMatchObject({ verdict: 'unknown', reason: 'no_results' })
  expect(notice.check(PAGE).verdict).toBe('unknown')
})
