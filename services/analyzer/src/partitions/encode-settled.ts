import { hash } from 'node:crypto'

/** The broker's default for `offset.metadata.max.bytes`. Everything here is ASCII: a character is a byte. */
export const MAX_METADATA = 4096

/**
 * Which offsets above a commit are settled, as a string for the commit's metadata. `runs` are lengths in offsets,
 * counted from `offset` on and by turns: unsettled, settled, unsettled, … settled; each at least 1. No run: ''.
 *
 *   '1' form check body      form 'r': each run in base-32 digits; 'b': a bit per offset, six to a character
 *
 * The shorter form is taken. What is longer than `maxLength` loses its last runs: to claim less than is settled repeats
 * work, and is never wrong. (The tracker's `fits` sees to it that this does not happen.)
 */
export function encodeSettled(offset: number, runs: readonly number[], maxLength = MAX_METADATA): string {
  const room = bodyRoom(maxLength)
  let length = runs.reduce((sum, run) => sum + digits(run), 0)
  let span = runs.reduce((sum, run) => sum + run, 0)
  let kept = runs.length
  for (; kept > 0 && length > room && bitmapLength(span) > room; kept -= 2)
    for (const run of runs.slice(kept - 2, kept)) {
      length -= digits(run)
      span -= run
    }
  if (kept === 0) return ''
  const shown = kept === runs.length ? runs : runs.slice(0, kept)
  return length <= bitmapLength(span) ? seal(offset, 'r', toDigits(shown)) : seal(offset, 'b', toBitmap(shown, span))
}

/**
 * The runs that `encodeSettled` was given. Metadata that is not exactly what it would have written for this offset says
 * nothing: another program's, another offset's, a part of ours, a later version's. Never throws.
 */
export function decodeSettled(offset: number, metadata: string | null): number[] {
  if (metadata === null || !HEAD.test(metadata)) return []
  const body = metadata.slice(HEADER)
  const runs = metadata.charAt(1) === 'r' ? fromDigits(body) : fromBitmap(body)
  const end = runs.reduce((sum, run) => sum + run, offset)
  if (runs.length % 2 === 1 || !runs.every(isLength) || !Number.isSafeInteger(end)) return []
  return encodeSettled(offset, runs, metadata.length) === metadata ? runs : []
}

/**
 * How many characters a run takes. Never more for a run as a whole than for its parts: the tracker's bound rests on it.
 */
export function digits(run: number): number {
  let count = run > 0 ? 1 : 0
  for (let rest = Math.floor(run / 32); rest > 0; rest = Math.floor(rest / 32)) count++
  return count
}

/** What `maxLength` leaves for the body, in characters. */
export const bodyRoom = (maxLength: number) => maxLength - HEADER

/** In characters, for a bitmap over `span` offsets. */
export const bitmapLength = (span: number) => Math.ceil(span / 6)

const CHECK = 8 // 48 bits
const HEADER = 2 + CHECK
const HEAD = new RegExp(`^1[rb][\\w-]{${CHECK + 1},}$`)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const CODES = Buffer.from(ALPHABET)
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]))
const isLength = (run: number) => Number.isSafeInteger(run) && run > 0

/** The offset is part of the check: copied to another commit, the metadata is not believed. */
function seal(offset: number, form: string, body: string): string {
  return `1${form}${hash('sha256', `${offset} ${form} ${body}`, 'base64url').slice(0, CHECK)}${body}`
}

function toText(values: ArrayLike<number>): string {
  const text = Buffer.alloc(values.length)
  for (let i = 0; i < values.length; i++) text[i] = CODES[values[i] ?? 0] ?? 0
  return text.toString('latin1')
}

/** Lowest digit first; 32 is added to every digit that another one follows. */
function toDigits(runs: readonly number[]): string {
  const values: number[] = []
  for (const run of runs) {
    let rest = run
    for (; rest >= 32; rest = Math.floor(rest / 32)) values.push(32 + (rest % 32))
    values.push(rest)
  }
  return toText(values)
}

function fromDigits(body: string): number[] {
  const runs: number[] = []
  let run = 0
  let scale = 1
  for (const character of body) {
    const value = VALUES.get(character) ?? 0
    run += (value % 32) * scale
    scale *= 32
    if (value >= 32) continue
    runs.push(run)
    run = 0
    scale = 1
  }
  return runs
}

function toBitmap(runs: readonly number[], span: number): string {
  const sextets = new Uint8Array(bitmapLength(span))
  let at = 0
  runs.forEach((run, i) => {
    const end = at + run
    if (i % 2 === 0) at = end
    for (; at < end; at++) {
      const sextet = Math.floor(at / 6)
      sextets[sextet] = (sextets[sextet] ?? 0) | (1 << (at % 6))
    }
  })
  return toText(sextets)
}

function fromBitmap(body: string): number[] {
  const runs: number[] = []
  let settled = false
  let run = 0
  for (const character of body) {
    const value = VALUES.get(character) ?? 0
    for (let bit = 0; bit < 6; bit++) {
      const isSettled = ((value >> bit) & 1) === 1
      if (isSettled !== settled) {
        runs.push(run)
        run = 0
        settled = isSettled
      }
      run++
    }
  }
  return settled ? [...runs, run] : runs
}
