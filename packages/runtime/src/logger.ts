import { pino } from 'pino'
import type { DestinationStream } from 'pino'
import { maskSecrets, serializeError } from './hide-secrets.ts'

export type Logger = pino.Logger

/**
 * One JSON object a line on stdout: `level` (a word), `time` (ISO 8601, UTC), `service`, `pid`, `msg`. An error given
 * as `err` or `error` keeps its type, message, stack, causes and, for an AggregateError, its members, and nothing that
 * a library attached of what it was given; what looks like a secret is masked in the whole line. Writes are
 * synchronous, so that the line that explains a crash is out before the process is. Lines that cannot be written (a
 * full disk, a terminal that was closed) wait for the next one, up to a megabyte: the work goes on without them.
 */
export function createLogger(options: { service: string; level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error) => serializeError(error), error: (error) => serializeError(error) },
      hooks: { streamWrite: maskSecrets },
    },
    options.destination ?? toStdout(),
  )
}

function toStdout(): DestinationStream {
  const stdout = pino.destination({ fd: 1, sync: true, maxLength: 1_048_576 })
  // Without a listener each line that cannot be written would be an uncaught error, and its log line the next one.
  stdout.on('error', () => undefined)
  // Without its flushSync(), which pino calls after a fatal line, and which waits for as long as the disk is full.
  return { write: (line) => void stdout.write(line) }
}
