import { open } from 'node:fs/promises'

const MAX_BYTES = 16 * 1024

/** The last lines of a file; of a large one only its end is read. */
export async function tailFile(path: string, lines: number): Promise<string> {
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return '(no log)'
  try {
    const { size } = await file.stat()
    const from = Math.max(0, size - MAX_BYTES)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
    return buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } finally {
    await file.close()
  }
}
