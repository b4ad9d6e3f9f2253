import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLifecycle } from './lifecycle.ts'
import type { Part } from './lifecycle.ts'
import { createLogger } from './logger.ts'

const log = createLogger({ service: 'test', level: 'silent' })

function recorded(names: string[], behave: Partial<Record<string, Omit<Part, 'name'>>> = {}) {
  const events: string[] = []
  const parts = names.map((name): Part => ({
    name,
    start: async (signal) => {
      events.push(`+${name}`)
      await behave[name]?.start?.(signal)
    },
    stop: async () => {
      events.push(`-${name}`)
      await behave[name]?.stop?.()
    },
  }))
  return { events, parts }
}

describe('createLifecycle', () => {
  test('whatever fails to start or stop, all that started is stopped once, in reverse, and every failure is told', async () => {
    const part = fc.record({ startFails: fc.boolean(), stopFails: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (behaviours) => {
        const names = behaviours.map((_, index) => `p${index}`)
        const fail = (text: string) => () => Promise.reject(new Error(text))
        const { events, parts } = recorded(
          names,
          Object.fromEntries(
            behaviours.map((behaviour, index) => [
              names[index],
              {
                ...(behaviour.startFails ? { start: fail(`start p${index}`) } : {}),
                ...(behaviour.stopFails ? { stop: fail(`stop p${index}`) } : {}),
              },
            ]),
          ),
        )
        const lifecycle = createLifecycle({ log, stopDeadlineMs: 10_000 })
        const startError = await lifecycle.start(parts).then(() => null, leafMessages)
        const stopError = await lifecycle.stop().then(() => null, leafMessages)

        const failing = behaviours.findIndex((behaviour) => behaviour.startFails)
        const started = failing === -1 ? names : names.slice(0, failing)
        const asked = failing === -1 ? names : names.slice(0, failing + 1)
        const unclean = started.filter((_, index) => behaviours[index]?.stopFails).toReversed()
        const stopMessages = unclean.map((name) => `stop ${name}`)
        expect(events).toEqual([...asked.map((name) => `+${name}`), ...started.toReversed().map((name) => `-${name}`)])
        expect(stopError).toEqual(stopMessages.length > 0 ? stopMessages : null)
        expect(startError).toEqual(failing === -1 ? null : [`start p${failing}`, ...stopMessages])
      }),
    )
  })

  test('a second stop is the first one', async () => {
    const { events, parts } = recorded(['a'])
    const lifecycle = createLifecycle({ log, stopDeadlineMs: 1000 })
    await lifecycle.start(parts)
    expect(lifecycle.stop()).toBe(lifecycle.stop())
    await lifecycle.stop()
    expect(events).toEqual(['+a', '-a'])
  })

  test('a part that never stops is given up at the deadline, by name, and those before it are still told to stop', async () => {
    const { events, parts } = recorded(['a', 'b', 'c'], { b: { stop: () => new Promise(() => {}) } })
    const lifecycle = createLifecycle({ log, stopDeadlineMs: 50 })
    await lifecycle.start(parts)
    await expect(lifecycle.stop()).rejects.toThrow('unclean stop: b had not stopped after 50 ms')
    expect(events).toEqual(['+a', '+b', '+c', '-c', '-b', '-a'])
  })

  test('a stop during a start lets that start give up and stops what had started', async () => {
    const lifecycle = createLifecycle({ log, stopDeadlineMs: 10_000 })
    const { events, parts } = recorded(['a', 'b', 'c'], {
      b: {
        start: (signal) => {
          queueMicrotask(() => void lifecycle.stop())
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      },
    })
    await expect(lifecycle.start(parts)).rejects.toThrow('stopped while starting')
    await lifecycle.stop()
    expect(events).toEqual(['+a', '+b', '-a'])
  })

  test('a start that succeeds although a stop was asked for meanwhile is stopped too, and nothing after it starts', async () => {
    const lifecycle = createLifecycle({ log, stopDeadlineMs: 10_000 })
    const { events, parts } = recorded(['a', 'b'], { a: { start: () => void lifecycle.stop() } })
    await expect(lifecycle.start(parts)).rejects.toThrow('stopped while starting')
    await lifecycle.stop()
    expect(events).toEqual(['+a', '-a'])
  })
})

describe('runProcess', { timeout: 30_000 }, () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops in reverse order and exits with 0', async (signal) => {
    const child = run('well')
    await child.logged('ready')
    child.kill(signal)
    expect(await child.exit()).toEqual({ code: 0, signal: null })
    expect(child.messages()).toEqual(expect.arrayContaining(['stopping', 'stopped']))
    expect(child.order('second stops', 'first stops')).toBe(true)
  })

  test('the copies of one Ctrl-C (terminal, npm, supervisor) do not cut the stop short', async () => {
    const child = run('stop-hangs')
    await child.logged('ready')
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) child.kill(signal)
    expect(await child.exit()).toEqual({ code: 1, signal: null })
    expect(child.messages()).toEqual(expect.arrayContaining(['first stops', 'unclean stop']))
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('a second %s ends a stop that takes too long, at once', async (signal, code) => {
    const child = run('stop-hangs', 'long')
    await child.logged('ready')
    const insisting = setInterval(() => child.kill(signal), 50)
    expect(await child.exit()).toEqual({ code, signal: null })
    clearInterval(insisting)
  })

  test('a log that cannot be written, as on a full disk, keeps nothing from stopping', async () => {
    // Open for reading only.
    const stdout = openSync(fileURLToPath(import.meta.url), 'r')
    const child = spawn(process.execPath, [fixture, 'crashes'], { stdio: ['ignore', stdout, 'pipe'] })
    closeSync(stdout)
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect({ ended: await once(child, 'close'), said }).toEqual({ ended: [1, null], said: '' })
  })

  test('a stop that fails or exceeds its deadline exits with 1', async () => {
    const child = run('stop-fails')
    await child.logged('ready')
    child.kill('SIGTERM')
    expect(await child.exit()).toEqual({ code: 1, signal: null })
    expect(child.lines.find((line) => line.msg === 'unclean stop')).toMatchObject({
      level: 'error',
      err: { aggregateErrors: [{ message: 'flush failed' }] },
    })
  })

  test('a signal while a part waits for the world stops cleanly', async () => {
    const child = run('start-waits')
    await child.logged('second starts')
    child.kill('SIGTERM')
    expect(await child.exit()).toEqual({ code: 0, signal: null })
    expect(child.messages()).toContain('first stops')
    expect(child.messages()).not.toContain('ready')
    expect(child.messages()).not.toContain('crashed')
  })

  test('a signal while a part starts and does not listen still stops the others', async () => {
    const child = run('start-is-deaf')
    await child.logged('second starts')
    child.kill('SIGTERM')
    expect(await child.exit()).toEqual({ code: 1, signal: null })
    expect(child.messages()).toContain('first stops')
    expect(JSON.stringify(child.lines)).toContain('second was still starting')
  })

  test.each([
    ['start-fails', 'no broker'],
    ['crashes-while-starting', 'consumer gone'],
    ['crashes', 'consumer gone'],
    ['throws', 'nobody caught this'],
    ['rejects', 'nobody caught this'],
  ])('(I9) a process that %s logs why, stops what it had started and exits with 1', async (behaviour, message) => {
    const child = run(behaviour)
    expect(await child.exit()).toEqual({ code: 1, signal: null })
    const fatal = child.lines.filter((line) => line.level === 'fatal')
    expect(fatal).toMatchObject([{ msg: 'crashed', err: { message } }])
    expect(fatal[0]?.err?.stack).toContain('lifecycle.fixture.ts')
    expect(child.messages()).toContain('first stops')
  })
})

function leafMessages(error: unknown): string[] {
  return error instanceof AggregateError ? error.errors.flatMap(leafMessages) : [(error as Error).message]
}

interface Line {
  level: string
  msg: string
  err?: { message: string; stack: string }
}

const fixture = fileURLToPath(new URL('lifecycle.fixture.ts', import.meta.url))

function run(...behaviour: string[]) {
  const child = spawn(process.execPath, [fixture, ...behaviour], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: Line[] = []
  const waiting = new Map<string, () => void>()
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => {
    const parsed: Line = JSON.parse(line)
    lines.push(parsed)
    waiting.get(parsed.msg)?.()
  })
  const exited = Promise.all([once(child, 'exit'), once(reader, 'close')])
  const messages = () => lines.map((line) => line.msg)
  return {
    lines,
    messages,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    order: (...expected: string[]) => {
      const places = expected.map((message) => messages().indexOf(message))
      return places.every((place, index) => place > (places[index - 1] ?? -1))
    },
    async logged(message: string) {
      if (messages().includes(message)) return
      await Promise.race([new Promise<void>((resolve) => waiting.set(message, resolve)), exited])
    },
    async exit() {
      const [[code, signal]] = await exited
      return { code, signal }
    },
  }
}
