import { maskSecrets } from './hide-secrets.ts'
import { toPrintable } from './to-printable.ts'

/** pino's levels. */
const WARN = 40
const LEVELS: Record<string, number> = { trace: 10, debug: 20, info: 30, warn: WARN, error: 50, fatal: 60 }

/**
 * What of a service's log belongs on the operator's screen: warnings and worse, and lines that are no log of ours at
 * all (Node's own last words), without control characters. Null for the rest, which is in the log file.
 */
export function showLogLine(service: string, line: string): string | null {
  const entry = parse(line)
  // What Node says last shows all that an error holds.
  if (entry === null) return line.trim() === '' ? null : `[${service}] ${toPrintable(maskSecrets(line))}`
  const level = typeof entry.level === 'number' ? entry.level : (LEVELS[String(entry.level)] ?? WARN)
  if (level < WARN) return null
  const name = Object.keys(LEVELS).find((key) => LEVELS[key] === level) ?? 'warn'
  const error = entry.err as { message?: string } | undefined
  return toPrintable(`[${service}] ${name}: ${String(entry.msg)}${error?.message ? `: ${error.message}` : ''}`)
}

function parse(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}
