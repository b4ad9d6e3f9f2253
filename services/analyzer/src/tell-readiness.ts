import type { Health } from '@insights/runtime/health'
import type { Budget } from './group/budget/budget.ts'
import type { Cooldown } from './group/cooldown/cooldown.ts'
import type { Intake } from './intake/consume-conversations.ts'
import type { Pacer } from './slots/pace-calls.ts'

interface Group {
  cooldown: Pick<Cooldown, 'reason' | 'held'>
  budget: Pick<Budget, 'held'>
}

/** Why work is held back at this moment, the most telling first; empty when it is not. */
export function reasonsToPause({ group, intake }: { group: Group; intake: Pick<Intake, 'schemaWaits'> }): string[] {
  const budget = group.budget.held() === null ? null : 'budget'
  const schemas = new Set(intake.schemaWaits().map(({ why }) => why))
  const reasons = [group.cooldown.reason(), ...schemas, budget]
  return reasons.filter((reason) => reason !== null)
}

/** What `/healthz` and `/readyz` say, in words for an operator: null where all is well. */
export function tellReadiness(
  health: Health,
  {
    watch,
    schemas,
    consumer,
    publisher,
    group,
    intake,
    pacer,
    pauses,
  }: {
    watch: { wedged(): string | null }
    schemas: { ready(): string | null }
    consumer: { ready(): string | null }
    publisher: { ready(): string | null }
    group: Group & { caughtUp(): boolean }
    intake: Pick<Intake, 'schemaWaits'>
    pacer: Pick<Pacer, 'silence'>
    pauses: () => string[]
  },
): void {
  health.live('progress', watch.wedged)
  health.ready('schemas', schemas.ready)
  health.ready('kafka consumer', consumer.ready)
  health.ready('kafka publisher', publisher.ready)
  health.ready('slots', () => {
    const silence = group.caughtUp()
      ? pacer.silence()
      : 'the shared cool-down state has not been read from analyzer.signals yet'
    return silence === null ? null : `no call may be made: ${silence}`
  })
  health.ready('pauses', () => {
    if (pauses().length === 0) return null
    const waits = intake
      .schemaWaits()
      .map((wait) => `partition ${wait.partition}, offset ${wait.offset}: ${wait.detail}`)
    const inFull = [pauses().join(', '), group.cooldown.held()?.detail, waits.join('; '), group.budget.held()]
    return `work is held back: ${inFull.filter(Boolean).join(': ')}`
  })
}
