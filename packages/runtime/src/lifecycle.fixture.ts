import { createLogger } from './logger.ts'
import { runProcess } from './lifecycle.ts'
import type { Part } from './lifecycle.ts'

// A process for lifecycle.test.ts; its argument says how it misbehaves.
const behaviour = process.argv[2]
const log = createLogger({ service: 'fixture', level: 'debug' })

const never = () => new Promise<never>(() => {})
const keepAlive = setInterval(() => {}, 60_000)

const first: Part = {
  name: 'first',
  start: () => log.info('first starts'),
  stop: () => {
    clearInterval(keepAlive)
    log.info('first stops')
  },
}

const starts: Record<string, Part['start']> = {
  'start-fails': () => Promise.reject(new Error('no broker')),
  'start-waits': (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  'start-is-deaf': never,
}
const stops: Record<string, Part['stop']> = {
  'stop-hangs': never,
  'stop-fails': () => Promise.reject(new Error('flush failed')),
}

const { crash } = await runProcess({
  log,
  stopDeadlineMs: behaviour === 'stop-hangs' && process.argv[3] === 'long' ? 60_000 : 500,
  parts: (crashEarly) => [
    first,
    {
      name: 'second',
      start: (signal) => {
        log.info('second starts')
        if (behaviour === 'crashes-while-starting') crashEarly(new Error('consumer gone'))
        return starts[behaviour ?? '']?.(signal)
      },
      stop: () => {
        log.info('second stops')
        return stops[behaviour ?? '']?.()
      },
    },
  ],
})
log.info('ready')

if (behaviour === 'crashes') crash(new Error('consumer gone', { cause: new Error('fenced') }))
if (behaviour === 'throws') setImmediate(() => thrower())
if (behaviour === 'rejects') void Promise.reject(new Error('nobody caught this'))

function thrower(): never {
  throw new Error('nobody caught this')
}
