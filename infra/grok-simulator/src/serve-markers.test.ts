import { afterEach, expect, test } from 'vitest'
import { faultKinds, type FaultKind } from './faults/fault-kinds.ts'
import { bodyOf, calls, closeSimulators, configure, exchange, failing, send, stats } from './simulator.fixture.ts'

afterEach(closeSimulators)

const marked = (kind: string) => `My parcel is late [sim:${kind}], where is it?`
const good = ['I love it', 'Where is my invoice?', 'It is terrible']
const missing = (text: string) => {
  const { results } = JSON.parse(JSON.parse(text).choices[0].message.content)
  const ids = new Set(results.map((result: { conversation_id: string }) => result.conversation_id))
  return ['a0', 'a1', 'a2', 'a3'].filter((id) => !ids.has(id))
}

test('poison follows its conversation into every call that carries it, and into no other', async () => {
  const { server, base } = await failing()
  const poison = marked('unsafe_content')
  const status = async (...texts: string[]) => (await exchange(base, { body: bodyOf(...texts) })).status
  expect(await status(...good, poison)).toBe(403)
  expect(await status(...good.slice(0, 2))).toBe(200)
  expect(await status(poison, good[2] as string)).toBe(403)
  expect(await status(good[2] as string)).toBe(200)
  expect(await status(poison)).toBe(403)
  expect((await stats(server)).faults).toEqual({ unsafe_content: 3 })
  expect((await calls(server)).map((call) => call.status_or_fault)).toEqual([
    'unsafe_content',
    200,
    'unsafe_content',
    200,
    'unsafe_content',
  ])
})

test('a fault of one item hits the one that is marked, wherever it stands', async () => {
  const { base } = await failing()
  for (const place of [0, 1, 2, 3]) {
    const { text } = await exchange(base, { body: bodyOf(...good.toSpliced(place, 0, marked('missing_item'))) })
    expect(missing(text)).toEqual([`a${place}`])
  }
})

test('of several markers the first in the order of the items wins', async () => {
  const { base } = await failing()
  const status = async (...texts: string[]) => (await exchange(base, { body: bodyOf('Hello', ...texts) })).status
  expect(await status(marked('overloaded'), marked('no_credits'))).toBe(529)
  expect(await status(marked('no_credits'), marked('overloaded'))).toBe(429)
  expect(await status(`${marked('server_error')} ${marked('no_credits')}`)).toBe(500)
})

test('an unknown kind is refused by name, also behind a known one, and is no fault', async () => {
  const { server, base } = await failing()
  for (const kind of ['gremlins', 'constructor', 'Overloaded']) {
    const { status, text } = await exchange(base, { body: bodyOf(marked('overloaded'), marked(kind)) })
    expect(status).toBe(400)
    expect(JSON.parse(text).error).toMatch(new RegExp(`^simulator: protocol broken: .*${kind}`))
  }
  expect((await stats(server)).faults).toEqual({})
})

test('what is no marker to the letter does nothing, and neither does one when markers are off', async () => {
  const { server, base } = await failing()
  const nearly = ['[sim: overloaded]', '[SIM:overloaded]', 'sim:overloaded', '[sim:]', '[sim:overloaded']
  expect((await exchange(base, { body: bodyOf(...nearly) })).status).toBe(200)
  await configure(server, { markers: false })
  expect((await exchange(base, { body: bodyOf(marked('overloaded'), marked('gremlins')) })).status).toBe(200)
})

test('a marker takes nothing from a script, and key and rate come before it', async () => {
  const { server, base } = await failing({ kind: 'server_error', next: 1 })
  const poison = bodyOf(marked('overloaded'))
  expect((await exchange(base, { body: poison })).status).toBe(529)
  expect((await exchange(base, { body: poison, headers: { authorization: 'Bearer no' } })).status).toBe(400)
  expect((await exchange(base)).status).toBe(500)
  await configure(server, { rps: 1 })
  expect((await exchange(base, { body: poison })).status).toBe(529)
  expect((await exchange(base, { body: poison })).status).toBe(429)
})

test('every kind can be marked', async () => {
  const { server, base } = await failing()
  const kinds = Object.keys(faultKinds) as FaultKind[]
  for (const kind of kinds) {
    const { head, leave } = send(base, { body: bodyOf('Hello', marked(kind)) })
    // Some never end: it is enough that they were hit.
    head.then((response) => response.resume().on('error', () => {})).catch(() => {})
    await expect.poll(async () => (await stats(server)).faults[kind], { interval: 5 }).toBe(1)
    leave()
  }
  expect(Object.keys((await stats(server)).faults)).toHaveLength(kinds.length)
})

test('without a marker the item is drawn, from the same numbers after a reset, and it is not always the same', async () => {
  const { server, base } = await failing({ kind: 'missing_item' })
  const draw = async () => {
    const places = []
    for (let i = 0; i < 20; i++) places.push(missing((await exchange(base, { body: bodyOf('a', ...good) })).text))
    return places.flat()
  }
  const first = await draw()
  expect(first).toHaveLength(20)
  expect(new Set(first).size).toBeGreaterThan(1)
  await server.inject({ method: 'POST', url: '/__sim/reset' })
  expect(await draw()).toEqual(first)
})

test('only what a fault spoilt may come again without being a repeat', async () => {
  const { server, base } = await failing({ kind: 'missing_item', next: 1 })
  const { text } = await exchange(base, { body: bodyOf(...good) })
  const lost = new Set(missing(text))
  const again = good.filter((_, i) => lost.has(`a${i}`))
  await exchange(base, { body: bodyOf(...again) })
  expect(await stats(server)).toMatchObject({ distinct_items: 3, repeated_items: 0, repeated_after_fault: 1 })
  await exchange(base, { body: bodyOf(...good) })
  expect(await stats(server)).toMatchObject({ repeated_items: 3, repeated_after_fault: 1 })
})
