import { maskSecrets } from '@insights/runtime/hide-secrets'
import { processes, type Ports } from '../processes/process-table.ts'

type Modes = Partial<Record<'kafka' | 'registry' | 'postgres', string>>

const modesLine = (modes: Modes) =>
  Object.entries(modes)
    .map(([part, mode]) => `${part}: ${mode}`)
    .join(' · ')

/** What a person needs once everything is up. The curls are meant to be copied; `keyed`: they need an API key. */
export function banner(options: {
  ports: Ports
  simulated: boolean
  keyed: boolean
  modes: Modes
  seconds: string
  dataDir: string
}): string {
  const { ports, simulated } = options
  const base = `http://127.0.0.1:${ports.gateway}`
  const key = options.keyed ? ` \\\n    -H "authorization: Bearer $API_KEY"` : ''
  return `
conversation insights is up (${options.seconds} s) · ${modesLine(options.modes)}
${simulated ? '\n  SIMULATOR answers instead of Grok: set GROK_API_KEY for real insights.\n' : ''}
  API         ${base}/api/v1      (docs: ${base}/docs)
  health      ${base}${processes.gateway.readyPath}     analyzer: http://127.0.0.1:${ports.analyzer}${processes.analyzer.readyPath}
  metrics     http://127.0.0.1:${ports.ingress}/metrics  :${ports.analyzer}  :${ports.query}  :${ports.projector}${
    simulated ? `\n  simulator   http://127.0.0.1:${ports.simulator}/__sim/stats` : ''
  }
  logs, data  ${options.dataDir}

Try it${options.keyed ? ', with a key of API_KEYS in the variable API_KEY' : ''}:

  curl -s ${base}/api/v1/conversations -H 'content-type: application/json'${key} \\
    -d '{"messages":[{"text":"My order arrived broken and no one answers my mails!","inbound":true}]}'

  curl -s '${base}/api/v1/insights?start_time=2020-01-01T00:00:00Z&end_time=2100-01-01T00:00:00Z&limit=5'${key}

Ctrl-C stops everything; the data stays.
`
}

export function stackBanner(options: {
  env: Record<string, string>
  modes: Modes
  seconds: string
  dataDir: string
}): string {
  return `
stack is up (${options.seconds} s) · ${modesLine(options.modes)}

${Object.entries(options.env)
  .map(([name, value]) => `  ${name}=${maskSecrets(value)}`)
  .join('\n')}

These are in ${options.dataDir}/stack.env: node --env-file=${options.dataDir}/stack.env ${processes.analyzer.program}
Ctrl-C stops everything; the data stays.
`
}
