import type { Logger } from '@insights/runtime/logger'
import { backoffMs, pause } from '@insights/runtime/kafka/backoff'
import { RegistryAway, SchemaNotRegistered } from '@insights/schemas/connect-registry'

/**
 * Resolves when the schemas are loaded, or the signal aborts: the registry may come up later than the service. `report` gets
 * the reason of each failed try; of a long outage the log tells at the first and then at every tenth. An error that does not
 * pass by itself rejects.
 */
export async function loadSchemas(
  load: () => Promise<void>,
  { log, signal, report }: { log: Logger; signal: AbortSignal; report: (reason: string) => void },
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await load()
      return
    } catch (error) {
      if (!(error instanceof RegistryAway || error instanceof SchemaNotRegistered)) throw error
      report(error.message)
      if (attempt % 10 === 0) log.warn({ err: error, attempt }, 'cannot load the event schemas, trying on')
    }
    await pause(backoffMs(attempt, Math.random, 250, 5_000), signal)
  }
}
