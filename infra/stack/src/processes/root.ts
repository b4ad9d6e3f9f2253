import { resolve } from 'node:path'

/** The repository: the programs of the table of processes are named from here. */
export const root = resolve(import.meta.dirname, '../../../..')
