import { faultCatalogue, type FaultRow } from '@insights/e2e/fault-catalogue'
import { faultKindDescriptions } from '@insights/grok-simulator/faults/fault-kinds'

/**
 * What becomes of each fault, as a Markdown table of the rows that testing/e2e/src/fault-catalogue.int.test.ts proves.
 */
export function faultsTable(): string {
  const lines = faultKindDescriptions.map(({ kind, describe }) => {
    const { once, poison } = faultCatalogue[kind]
    return `| `.concat([`\`${kind}\``, describe, onceCell(once), poisonCell(poison)].map(escape).join(' | '), ' |')
  })
  return [
    '| fault | what comes | it hits one call of ten | it follows one of the ten |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n')
}

function onceCell({ calls, note }: FaultRow['once']): string {
  return `ten insights, ${calls.join(' or ')} call${calls.at(-1) === 1 ? '' : 's'}${note === undefined ? '' : `: ${note}`}`
}

function poisonCell(poison: FaultRow['poison']): string {
  if (poison === undefined) return 'not by a conversation'
  const { ends, mostCalls, note } = poison
  const end = ends === null ? 'ten insights' : `nine insights, one \`${ends}\``
  const calls = Number.isFinite(mostCalls) ? `, at most ${mostCalls} call${mostCalls === 1 ? '' : 's'}` : ''
  return `${end}${calls}${note === undefined ? '' : `: ${note}`}`
}

const escape = (text: string): string => text.replaceAll('|', '\\|')
