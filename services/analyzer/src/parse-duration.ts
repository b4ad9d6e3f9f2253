const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A whole number and its unit: `90s`, `15m`, `24h`, `7d`. */
export const DURATION = /^([1-9]\d{0,6})([smhd])$/

/** Milliseconds of a text that matches `DURATION`. */
export function durationMs(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? []
  if (count === undefined || unit === undefined) throw new Error(`not a duration: ${text}`)
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]
}
