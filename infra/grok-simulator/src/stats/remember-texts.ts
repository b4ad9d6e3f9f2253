/** What became of all earlier sends of a text. */
export type Fate = 'unknown' | 'failed' | 'taken'

/** Remembers texts by two 32-bit hashes, each with what became of it. */
export interface TextMemory {
  fateOf(a: number, b: number): Fate
  /** Notes one more send. A text that was taken once stays `taken`. */
  note(a: number, b: number, fate: Exclude<Fate, 'unknown'>): void
  /** How many distinct texts are remembered. */
  size(): number
}

const shards = 256
const firstSlots = 64

/**
 * Open addressing in typed arrays, 8 bytes a slot and at most half of them in use: 2,000,000 texts take 32 MiB, none
 * take nearly nothing. 256 tables that grow each for itself, because moving a million entries at once would hold up the
 * event loop for tens of milliseconds, and with it the arrival times that are measured here; this way it is 0.1 ms.
 *
 * 62 bits of the hashes are kept: among 2,000,000 texts, the odds that any two are taken for one are 1 to 2,000,000.
 * Beyond `maxTexts` no new text is remembered.
 */
export function rememberTexts(maxTexts: number): TextMemory {
  const tables: (Table | undefined)[] = Array.from({ length: shards })
  let size = 0

  return {
    fateOf: (a, b) => {
      const table = tables[a >>> 24]
      const kept = table?.words[findSlot(table, a, b) + 1] ?? 0
      return kept === 0 ? 'unknown' : (kept & takenBit) === 0 ? 'failed' : 'taken'
    },
    note: (a, b, fate) => {
      const bit = fate === 'taken' ? takenBit : 0
      let table = (tables[a >>> 24] ??= createTable(firstSlots))
      const slot = findSlot(table, a, b)
      const kept = table.words[slot + 1] as number
      if (kept !== 0) {
        table.words[slot + 1] = kept | bit
        return
      }
      if (size >= maxTexts) return
      size += 1
      put(table, slot, a, keyOf(b) | bit)
      if (table.used * 4 > table.words.length) table = tables[a >>> 24] = grow(table)
    },
    size: () => size,
  }
}

/** Slot `i` is `words[2i]` and `words[2i + 1]`; the second is 0 in an empty slot and never in another. */
interface Table {
  words: Uint32Array
  used: number
}

const takenBit = 1
const usedBit = 2

function keyOf(b: number): number {
  return ((b & ~takenBit) | usedBit) >>> 0
}

function createTable(slots: number): Table {
  return { words: new Uint32Array(slots * 2), used: 0 }
}

/** The index of the text's first word, or of the empty slot where it belongs. There always is one: half are empty. */
function findSlot({ words }: Table, a: number, b: number): number {
  const key = keyOf(b)
  const mask = words.length - 1
  let slot = ((b >>> 2) * 2) & mask
  for (;;) {
    const kept = words[slot + 1] as number
    if (kept === 0 || (words[slot] === a && (kept & ~takenBit) >>> 0 === key)) return slot
    slot = (slot + 2) & mask
  }
}

function put(table: Table, slot: number, a: number, kept: number): void {
  table.words[slot] = a
  table.words[slot + 1] = kept
  table.used += 1
}

function grow({ words }: Table): Table {
  const larger = createTable(words.length)
  for (let slot = 0; slot < words.length; slot += 2) {
    const [a, kept] = [words[slot] as number, words[slot + 1] as number]
    if (kept !== 0) put(larger, findSlot(larger, a, kept), a, kept)
  }
  return larger
}
