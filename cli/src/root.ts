import { resolve } from 'node:path'

/** The repository, or what an image holds of it. */
export const root = resolve(import.meta.dirname, '../..')
