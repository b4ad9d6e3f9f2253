import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { expect, test } from 'vitest'
import { conversation, holdTopics, insight, originAt } from '@insights/pipeline/publish-again/hold-topics.fixture'
import { chooseConversations, fetchForBulk } from './reanalyze-conversations.ts'

const OLD = '1.0.0+old'
const TODAY = '1.1.0+new'
const prompts = { today: TODAY, only: null, waitingSince: 700 }

/** A topic whose first submissions were at 100, 110 and so on; the window is from 100 up to 200, and now is 1,000. */
function setUp() {
  const topics = holdTopics()
  const submit = (id: string, appendedAt: number, first?: ReturnType<typeof originAt>) => {
    const headers = first === undefined ? [] : [firstOriginHeader(first)]
    const { offset } = topics.append('conversationsReceived', { key: id, appendedAt, headers }, conversation(id))
    return first ?? originAt(appendedAt, offset)
  }
  const answer = (id: string, origin: ReturnType<typeof originAt>, prompt_version = OLD, appendedAt = 500, ticks = 7) =>
    topics.append(
      'insightsProduced',
      { key: id, appendedAt },
      insight(id, origin, { prompt_version, usage: { ...insight(id, origin).usage, cost_usd_ticks: ticks } }),
    )
  const choose = async (changes: Partial<Parameters<typeof chooseConversations>[0]> = {}) => {
    const window = { since: 100, until: 200 }
    const { wanted, left, ...chosen } = await chooseConversations({
      ...topics,
      prefix: '',
      ranges: [],
      window,
      prompts,
      now: 1_000,
      ...changes,
    })
    return { ...chosen, wanted, ids: wanted.map(({ id }) => id), left: Object.fromEntries(left) }
  }
  return { ...topics, submit, answer, choose }
}

test('(I7) the newest submission of each conversation in the window is chosen, oldest first, and what it cost is known', async () => {
  const { submit, answer, choose } = setUp()
  submit('before', 99)
  const [first, , second] = [submit('a', 110), submit('b', 120), submit('b', 130)]
  const third = submit('c', 199)
  submit('after', 200)
  answer('c', third, OLD, 500, 0)
  answer('b', second)
  answer('a', first, '0.9.0+older')
  expect(await choose()).toMatchObject({
    ids: ['a', 'b', 'c'],
    wanted: [{ origin: first }, { origin: second }, { origin: third }],
    left: {},
    versions: new Map([
      ['0.9.0+older', 1],
      [OLD, 2],
    ]),
    costs: { count: 2, ticks: 14 },
  })
  expect(await choose({ prompts: { ...prompts, only: OLD } })).toMatchObject({ ids: ['b', 'c'] })
})

type Topics = ReturnType<typeof setUp>
test.each<[string, (topics: Topics, origin: ReturnType<typeof originAt>) => unknown, string | null]>([
  ['it has an insight', ({ answer }, origin) => answer('a', origin), null],
  ["it has today's prompt", ({ answer }, origin) => answer('a', origin, TODAY), "made under today's prompt"],
  ['it has no insight', () => {}, 'has no insight yet'],
  ['its older submission has', ({ answer }) => answer('a', originAt(109, 0)), 'has no insight yet'],
  [
    'it was submitted again after the window',
    ({ answer, submit }, origin) => [answer('a', origin), submit('a', 200)],
    'a newer submission',
  ],
  [
    'what came after the window is the same submission',
    ({ answer, submit }, origin) => [answer('a', origin), submit('a', 200, origin)],
    null,
  ],
  [
    'it was published again, and waits',
    ({ answer, submit }, origin) => [answer('a', origin), submit('a', 900, origin)],
    'it may wait still',
  ],
  [
    'it was published again, and must have expired',
    ({ answer, submit }, origin) => [answer('a', origin), submit('a', 650, origin)],
    null,
  ],
  [
    'it was erased',
    ({ append, answer }, origin) => [
      answer('a', origin),
      append('insightsProduced', { key: 'a', appendedAt: 600 }, null),
    ],
    'erased since',
  ],
  [
    'garbage under its key came later',
    ({ append, answer }, origin) => [
      append('conversationsReceived', { key: 'a', appendedAt: 150 }, 'unreadable'),
      answer('a', origin),
    ],
    null,
  ],
])('(I7) what became of a conversation decides whether it is analysed once more: %s', async (_, happened, reason) => {
  const topics = setUp()
  happened(topics, topics.submit('a', 110))
  const { ids, left } = await topics.choose()
  const [why] = Object.keys(left)
  expect({ ids, why: why?.includes(reason ?? '') ?? null }).toEqual(
    reason === null ? { ids: ['a'], why: null } : { ids: [], why: true },
  )
})

test('(I7) it is published in the bulk lane whatever lane it was in, with its first origin and its other headers', async () => {
  const { append, answer, choose, read } = setUp()
  const lane = { name: 'lane', value: Buffer.from('live') }
  const other = { name: 'x', value: null }
  const { value } = append(
    'conversationsReceived',
    { key: 'a', appendedAt: 110, headers: [lane, other] },
    conversation('a'),
  )
  answer('a', originAt(110))
  const { wanted } = await choose()
  const records = await fetchForBulk(wanted, { read, prefix: '' })
  expect([...records.values()]).toEqual([
    {
      topic: 'conversations.received',
      key: Buffer.from('a'),
      value,
      headers: [other, firstOriginHeader(originAt(110)), { name: 'lane', value: 'bulk' }],
    },
  ])
})

test('a window of which the topic holds nothing is refused, one of which it holds a part is taken with its beginning', async () => {
  const { submit, choose } = setUp()
  submit('a', 150)
  const cut = [{ partition: 0, low: 7, from: 7, end: 9 }]
  expect(await choose({ ranges: cut })).toMatchObject({ heldSince: 150 })
  expect(await choose({ ranges: [{ partition: 0, low: 7, from: 8, end: 9 }] })).toMatchObject({ heldSince: 100 })
  const gone = choose({ ranges: cut, window: { since: 100, until: 140 } })
  await expect(gone).rejects.toThrow('holds nothing of that time: it begins at 1970-01-01T00:00:00.150Z')
})

test('(I8) more conversations than a run takes are refused', async () => {
  const { submit, choose } = setUp()
  for (const id of ['a', 'b', 'c']) submit(id, 110)
  await expect(choose({ most: 2 })).rejects.toThrow('more than 2 conversations were submitted in that time')
})
