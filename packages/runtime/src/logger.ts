import { pino } from 'pino'
import type { DestinationStream } from 'pino'

export type Logger = pino.Logger

/**
 * One JSON object a line on stdout: `level` (a word), `time` (ISO 8601, UTC), `service`, `pid`, `msg`. An error given
 * as `err` or `error` keeps its type, message, stack, causes and, for an AggregateError, its members. Writes are
 * synchronous, so that the line that explains a crash is out before the process is.
 */
export function createLogger(options: { service: string; level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  )
}
