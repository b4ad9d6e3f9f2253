import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import type { Logger } from '@insights/runtime/logger'
import { createBudget } from './budget/budget.ts'
import { createCooldownAnnouncer } from './cooldown/announce-cooldown.ts'
import { createCooldown } from './cooldown/cooldown.ts'
import type { Rules } from './cooldown/decide-cooldown.ts'
import { createSignalExchange } from './exchange-signals.ts'

/**
 * What this analyzer shares with the others through the signals topic: one cool-down, and the day's budget. Both go by
 * the broker's time, and by nothing before the topic was read to its end.
 */
export function joinGroup({
  kafka,
  topic,
  groupPrefix,
  member,
  cooldown: rules,
  budget: money,
  brokerTime,
  changed,
  onCrash,
  random,
  log,
}: {
  kafka: KafkaConnection
  /** Of the signals. */
  topic: string
  /** Of consumer groups; each run of a process has one of its own. */
  groupPrefix: string
  /** Unique for each run of a process. */
  member: string
  cooldown: Omit<Rules, 'member'>
  budget: Pick<Parameters<typeof createBudget>[0], 'model' | 'budgetUsd' | 'callsPerSecond' | 'guessTicks'>
  /** Epoch ms; null while unknown. */
  brokerTime: () => number | null
  /** Calls may leave again, or may not any more. */
  changed: () => void
  onCrash: (error: unknown) => void
  random: () => number
  log: Logger
}) {
  const signals = createSignalExchange({ kafka, log, topic, groupId: groupPrefix + member, member, onCrash })
  /**
   * Broker time for cool-downs, budget and expiry; these tolerate a clock that is still settling. Null until the
   * signals topic was read to its end.
   */
  const now = () => (signals.caughtUp() ? brokerTime() : null)
  const announce = createCooldownAnnouncer(log)
  const cooldown = createCooldown({
    ...rules,
    member,
    random,
    now,
    publish: signals.publishCooldown,
    onChange: () => {
      announce(cooldown.held())
      changed()
    },
  })
  const budget = createBudget({ ...money, member, now, publish: signals.publishSpending, onChange: changed, log })
  return {
    cooldown,
    budget,
    now,
    caughtUp: signals.caughtUp,
    probeClock: signals.probeClock,
    start: () => signals.start({ onCooldown: cooldown.receive, onSpending: budget.receive }),
    stop: async () => {
      cooldown.standDown()
      await budget.stop()
      await signals.stop()
    },
  }
}
