import { processes, type TableProcess } from '@insights/stack/process-table'

/** The processes of the pipeline and their ports as a Markdown table, made from the table that starts them. */
export function processesTable(): string {
  const lines = Object.entries(processes).map(
    ([name, { title, program, ports, readyPath }]: [string, TableProcess]) => {
      const listens = ports.map(({ variable, port }) => `\`${variable}\` ${port}`).join(', ')
      return `| ${name} | ${title} | ${listens} | \`${readyPath}\` | \`${program}\` |`
    },
  )
  return ['| process | what it does | ports | ready at | program |', '|---|---|---|---|---|', ...lines].join('\n')
}
