import type { Holds } from '@insights/analyzer/group/read-holds'
import { TICKS_PER_USD } from '@insights/pipeline/estimate/estimate-cost'
import { toPrintableLine } from '@insights/runtime/to-printable'

/** What holds calls back, in lines for an operator. @param now epoch ms. @param day UTC. */
export function describeHolds({ cooldown, spent }: Holds, { now, day }: { now: number; day: string }): string[] {
  return [describeCooldown(cooldown.hold, now), ...describeSpending(spent, day)]
}

function describeCooldown(hold: Holds['cooldown']['hold'], now: number): string {
  if (hold === null) return 'no cool-down: calls are made'
  const until = new Date(hold.until).toISOString()
  const when = hold.until > now ? `no call before ${until}` : `since ${until} the next analyzer that has work probes`
  const detail = hold.detail === undefined ? '' : ` (${toPrintableLine(hold.detail)})`
  return `cool-down: ${toPrintableLine(hold.reason)}${detail}, ${when}; met by ${toPrintableLine(hold.by)}, step ${hold.step}`
}

function describeSpending(spent: Holds['spent'], day: string): string[] {
  if (spent.size === 0) return [`nothing was spent on ${day} (UTC)`]
  const lines = [...spent].map(([member, { models, unanswered, reserved }]) => ({
    member,
    charged: models.reduce((sum, { usage }) => sum + usage.cost_usd_ticks, 0),
    unanswered,
    reserved,
  }))
  const dearest = lines.toSorted((a, b) => b.charged + b.unanswered - a.charged - a.unanswered)
  const total = lines.reduce((sum, { charged, unanswered }) => sum + charged + unanswered, 0)
  const left = lines.length - MOST_LINES
  return [
    `spent on ${day} (UTC), US dollars: ${usd(total)}, by member:`,
    ...dearest
      .slice(0, MOST_LINES)
      .map(
        ({ member, charged, unanswered, reserved }) =>
          `  ${toPrintableLine(member)}: charged ${usd(charged)}, perhaps charged ${usd(unanswered)}, in flight ${usd(reserved)}`,
      ),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ]
}

const MOST_LINES = 100
const usd = (ticks: number): string => (ticks / TICKS_PER_USD).toFixed(4)
