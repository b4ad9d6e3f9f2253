import type { Canary } from './make-canaries.ts'

/** What a call asked about: an alias for each conversation, and the canaries among them. */
export interface Asked {
  aliases: readonly string[]
  canaries: readonly { alias: string; canary: Canary }[]
}
