import type { EstimateSettings } from '@insights/pipeline/estimate/estimate'
import type { Clock } from '@insights/pipeline/publish-again/publish-in-order'
import type { PublishResult } from '@insights/runtime/kafka/publisher'
import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import type { Publish } from '../publishing/lazy-publisher.ts'
import { askPostgres } from '../reading/ask-postgres.ts'
import { STOPPED, type Redrive, toRedrive } from './redrive.ts'
import type { RedriveRequest } from './redrive-request.ts'
import type { Ended, RedrivesTable, Tracked } from './redrives-table.ts'
import type { Progress, RunConfig } from './run-redrive.ts'
import { toCounts, toEstimate } from './to-counts.ts'
import { trackRun } from './track-run.ts'

/** A process that answers requests has less memory for it than a command, which takes a million. */
const MOST_ORIGINALS = 100_000

type Begun = { kind: 'begun'; redrive: Redrive } | { kind: 'busy'; running: Redrive | null }

export interface Redriver {
  /** Begins one and returns. `busy`: another one runs. Rejects while Postgres is away. */
  begin(request: RedriveRequest, by: string | null): Promise<Begun>
  /** Ends the run, which says so. */
  stop(): Promise<void>
}

/** Runs redrives beside the requests, one at a time over all processes, and keeps in the table how far they are. */
export function createRedriver({
  table,
  publish,
  config,
  log,
  clock,
  newId,
}: {
  table: RedrivesTable
  publish: Publish
  config: RunConfig & Omit<EstimateSettings, 'rate'>
  log: Logger
  clock: Clock
  newId: () => string
}): Redriver {
  const stopped = new AbortController()
  let running: Promise<void> = Promise.resolve()

  async function run(id: string, request: RedriveRequest): Promise<void> {
    const lost = new AbortController()
    const signal = AbortSignal.any([stopped.signal, lost.signal])
    let progress: Progress | null = null
    const tracked = (): Tracked => ({
      counts: progress === null ? null : toCounts(progress),
      estimate: progress === null ? null : toEstimate(progress, { ...config, rate: request.rate }),
    })
    const track = trackRun({
      say: async () => {
        const asked = await askPostgres(() => table.track(id, tracked()))
        return asked.kind !== 'read' ? 'away' : asked.value ? 'has its turn' : 'lost'
      },
      now: clock.now,
      onLost: () => lost.abort(),
      signal,
    })
    try {
      // Kafka's client is loaded when it is first needed.
      const { runRedrive } = await import('./run-redrive.ts')
      await runRedrive({
        request,
        config,
        log,
        most: MOST_ORIGINALS,
        clock,
        signal,
        onPlanned: (planned) => {
          progress = planned
          return track.say()
        },
        publish: async (record) => {
          await track.held()
          return toResult(await publish([record]))
        },
      })
      await end(id, { status: 'completed', reason: null, ...tracked() })
    } catch (error) {
      if (lost.signal.aborted) log.warn({ redrive: id }, 'a redrive was silent for too long and has lost its turn')
      else if (stopped.signal.aborted) await end(id, { status: 'stopped', reason: STOPPED, ...tracked() })
      else await end(id, { status: 'failed', reason: reasonOf(error, { id, log }), ...tracked() })
    } finally {
      track.stop()
    }
  }

  /** While Postgres is away it is said later, unless the process stops; then the run is silent. */
  async function end(id: string, ended: Ended): Promise<void> {
    for (;;) {
      const asked = await askPostgres(() => table.end(id, ended))
      if (asked.kind === 'read') {
        log.info({ redrive: id, ...ended.counts, status: ended.status, reason: ended.reason }, 'redrive ended')
        return
      }
      log.warn({ redrive: id }, 'what became of a redrive cannot be stored yet: Postgres is away')
      if (stopped.signal.aborted) return
      await pause(1_000, stopped.signal)
    }
  }

  return {
    begin: async (request, by) => {
      await table.forgetOld()
      const row = await table.begin(newId(), request, by)
      if (row === null) {
        const other = await table.running()
        return { kind: 'busy', running: other === null ? null : toRedrive(other) }
      }
      log.info({ redrive: row.id, requested_by: by, dry_run: row.dry_run }, 'redrive begins')
      running = run(row.id, request)
      return { kind: 'begun', redrive: toRedrive(row) }
    },
    stop: async () => {
      stopped.abort()
      await running
    },
  }
}

function toResult(published: Awaited<ReturnType<Publish>>): PublishResult {
  switch (published.kind) {
    case 'acknowledged':
      return { ok: true }
    case 'too_large':
      return { ok: false, reason: 'too_large', detail: published.detail }
    case 'away':
      return { ok: false, reason: 'timeout', detail: published.reason }
  }
}

/** What the world does is told; what is our fault is logged, and told as that. */
function reasonOf(error: unknown, { id, log }: { id: string; log: Logger }): string {
  if (error instanceof Error && EXPECTED.test(error.name)) return error.message
  log.error({ err: error, redrive: id }, 'a redrive failed')
  return `a fault of this program, which is logged under redrive ${id}`
}

const EXPECTED = /^(?:PipelineFault|RegistryAway|SchemaNotRegistered|KafkaJS)/
