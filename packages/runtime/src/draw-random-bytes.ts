import { randomFillSync } from 'node:crypto'

// A call to the generator costs as much for 8 bytes as for some hundred: asked for each id, it takes a quarter of the
// time of a small HTTP request.
const POOL_BYTES = 4096

const pool = Buffer.alloc(POOL_BYTES)
let drawn = POOL_BYTES

/** `n` random bytes (at most 4096), each given out once; a copy, so that it stays as it is. */
export function drawRandomBytes(n: number): Buffer {
  if (drawn + n > POOL_BYTES) {
    randomFillSync(pool)
    drawn = 0
  }
  drawn += n
  return Buffer.from(pool.subarray(drawn - n, drawn))
}
