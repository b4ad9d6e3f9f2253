import { writeSync } from 'node:fs'
import { ConfigError } from './read-config.ts'

/**
 * What `read` makes of the environment. Where that has faults the process ends with exit code 1, and each fault is a
 * line on stderr: what is to be put right, not where in the program it was noticed.
 */
export function exitOnFaults<T>(service: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    writeSync(2, `${service}: ${error.message}\n`)
    process.exit(1)
  }
}
