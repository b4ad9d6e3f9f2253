import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { expect, test } from 'vitest'
import { conversation, insight, originAt } from '../publish-again/hold-topics.fixture.ts'
import { everything, setUpRedrive } from './set-up-redrive.fixture.ts'

type Topics = ReturnType<typeof setUpRedrive>
const erasedUpTo = (text: string) => [{ name: 'insights-erased-through', value: Buffer.from(text) }]
const ERASED = 'the conversation was erased since'
const NEWER = 'a newer submission of the conversation exists'
const WAITING = 'it was published again, and has not failed since'
const again = (at: number) => [firstOriginHeader(originAt(at))]
const ANSWERED = 'the same submission, or a newer one, was answered since'

/** The submission of `a` that failed was appended at 10. */
test.each<[string, (topics: Topics) => unknown, string | null]>([
  ['erased later', ({ append }) => append('insightsProduced', { key: 'a', appendedAt: 10 }, null), ERASED],
  ['erased before', ({ append }) => append('insightsProduced', { key: 'a', appendedAt: 9 }, null), null],
  [
    'a tombstone that was published again erases no more than at first',
    ({ append }) => append('insightsProduced', { key: 'a', appendedAt: 50, headers: erasedUpTo('9') }, null),
    null,
  ],
  [
    'a tombstone that claims to erase what is to come',
    ({ append }) => append('insightsProduced', { key: 'a', appendedAt: 9, headers: erasedUpTo('99') }, null),
    null,
  ],
  [
    'answered by another process',
    ({ append }) => append('insightsProduced', { key: 'a', appendedAt: 20 }, insight('a', originAt(10))),
    ANSWERED,
  ],
  [
    'an older submission was answered',
    ({ append }) => append('insightsProduced', { key: 'a', appendedAt: 20 }, insight('a', originAt(9, 9))),
    null,
  ],
  [
    'an insight under the key of another conversation',
    ({ append }) => append('insightsProduced', { key: 'a', appendedAt: 20 }, insight('b', originAt(10))),
    null,
  ],
  [
    'submitted again',
    ({ append }) => append('conversationsReceived', { key: 'a', appendedAt: 11 }, conversation('a')),
    NEWER,
  ],
  [
    'the same submission, published again',
    ({ append }) => {
      const headers = [firstOriginHeader(originAt(10))]
      append('conversationsReceived', { key: 'a', appendedAt: 11, headers }, conversation('a'))
    },
    WAITING,
  ],
  [
    'published again under a schema that is not there yet',
    ({ append }) => append('conversationsReceived', { key: 'x', appendedAt: 11, headers: again(10) }, 'unreadable'),
    WAITING,
  ],
  [
    'another submission, published again',
    ({ append }) => append('conversationsReceived', { key: 'a', appendedAt: 11, headers: again(9) }, conversation('a')),
    null,
  ],
  [
    'published again, and failed once more',
    ({ append, fail }) => {
      append('conversationsReceived', { key: 'a', appendedAt: 11, headers: again(10), offset: 5 }, conversation('a'))
      fail({ class: 'refused', origin: originAt(10), copyAt: 5 })
    },
    null,
  ],
  [
    'published again, failed once more, and published again',
    ({ append, fail }) => {
      append('conversationsReceived', { key: 'a', appendedAt: 11, headers: again(10), offset: 5 }, conversation('a'))
      fail({ class: 'refused', origin: originAt(10), copyAt: 5 })
      append('conversationsReceived', { key: 'a', appendedAt: 12, headers: again(10), offset: 6 }, conversation('a'))
    },
    WAITING,
  ],
  [
    'garbage under its key',
    ({ append }) => append('conversationsReceived', { key: 'a', appendedAt: 11 }, 'unreadable'),
    null,
  ],
  [
    'another conversation under its key',
    ({ append }) => append('conversationsReceived', { key: 'a', appendedAt: 11 }, conversation('b')),
    null,
  ],
  [
    'a newer submission failed for a reason that is not selected',
    ({ fail }) => fail({ class: 'refused', origin: originAt(11) }),
    NEWER,
  ],
  [
    "the projector refused an insight of it, which is not the conversation's submission",
    ({ fail }) => fail({ class: 'unprojectable', origin: { ...originAt(11), topic: 'insights.produced' } }),
    null,
  ],
])('(I7) what became of the conversation since decides: %s', async (_, happened, reason) => {
  const topics = setUpRedrive()
  topics.fail({ origin: originAt(10) })
  happened(topics)
  const selection = { ...everything, classes: ['expired' as const] }
  const { published, left, selected } = await topics.redrive({ selection })
  expect({ selected, left, published: published.length }).toEqual({
    selected: 1,
    left: reason === null ? {} : { [reason]: 1 },
    published: reason === null ? 1 : 0,
  })
  const dry = await topics.redrive({ selection, dryRun: true })
  expect(dry).toMatchObject({ published: [], left })
})
