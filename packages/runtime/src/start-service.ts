import type { z } from 'zod'
import { runProcess, type Part } from './lifecycle.ts'
import { createLogger, type Logger } from './logger.ts'
import type { serviceVariables } from './config/shared-variables.ts'

/** What the parts of a service are made with. */
export interface Service {
  name: string
  version: string
  log: Logger
  /** Ends the process for an error that another try does not fix: the parts are stopped, and the exit code is 1. */
  crash: (error: unknown) => void
}

/**
 * What each service's `main.ts` has in common: it logs under its name and runs its parts (`runProcess`). Resolves when
 * all have started.
 */
export async function startService({
  name,
  version,
  config,
  parts,
}: {
  name: string
  version: string
  config: z.infer<z.ZodObject<typeof serviceVariables>>
  /** In the order of their start; they are stopped in reverse. */
  parts: (service: Service) => Part[]
}): Promise<void> {
  const log = createLogger({ service: name, level: config.LOG_LEVEL })
  await runProcess({
    log,
    stopDeadlineMs: config.STOP_DEADLINE_MS,
    parts: (crash) => parts({ name, version, log, crash }),
  })
}
