import { variables as analyzer } from '@insights/analyzer/config'
import { variables as gateway } from '@insights/gateway/config'
import { variables as simulator } from '@insights/grok-simulator/config'
import { variables as ingress } from '@insights/ingress/config'
import { variables as provision } from '@insights/pipeline/provision-config'
import { roleVariables as roles, variables as query } from '@insights/query/config'
import { describeVariables } from '@insights/runtime/config/read-config'
import { variables as start } from '@insights/stack/config'

const readers = { start, ingress, analyzer, query, gateway, simulator, provision, roles }
/** Read by the programs that are no server of the API; "all" is all others. */
const SERVICES = ['ingress', 'analyzer', 'query']

/** Every environment variable of the project as a Markdown table, made from the schemas that read them. */
export function configurationTable(): string {
  const rows = new Map<string, { default: string; by: string[]; description: string }>()
  for (const [reader, schema] of Object.entries(readers))
    for (const variable of describeVariables(schema)) {
      const known = rows.get(variable.name)
      if (known) known.by.push(reader)
      else
        rows.set(variable.name, {
          default: variable.required ? '*required*' : variable.default ? `\`${variable.default}\`` : '',
          by: [reader],
          description: variable.description,
        })
    }
  const lines = [...rows].map(
    ([name, row]) => `| \`${name}\` | ${row.default} | ${readBy(row.by)} | ${escape(row.description)} |`,
  )
  return ['| variable | default | read by | what |', '|---|---|---|---|', ...lines].join('\n')
}

const readBy = (by: string[]): string =>
  SERVICES.every((service) => by.includes(service))
    ? ['the services', ...by.filter((reader) => !SERVICES.includes(reader))].join(', ')
    : by.join(', ')

const escape = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
