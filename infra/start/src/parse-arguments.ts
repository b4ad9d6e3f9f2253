import { parseArgs } from 'node:util'

export interface Arguments {
  /** Send sample conversations and print their insights. */
  demo: boolean
  /** Wipe `.data/` first. */
  fresh: boolean
  /** Kafka, registry, Postgres, topics, schemas and migrations, without the services. */
  stackOnly: boolean
}

export const USAGE = `npm start -- [--demo] [--fresh]      everything, on http://127.0.0.1:8000
npm run stack -- [--fresh]           Kafka, registry and Postgres only

  --demo    send sample conversations and print their insights as they arrive
  --fresh   wipe the data of earlier runs (.data/) first
  --help    this text`

/** Reads the command line. A text is what to print instead of starting: the usage, or what is wrong with it. */
export function parseArguments(
  argv: string[],
): { ok: true; arguments: Arguments } | { ok: false; text: string; exitCode: 0 | 2 } {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        demo: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        'stack-only': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { ok: false, text: USAGE, exitCode: 0 }
    if (values.demo && values['stack-only'])
      return { ok: false, text: `--demo needs the services: use npm start\n\n${USAGE}`, exitCode: 2 }
    return { ok: true, arguments: { demo: values.demo, fresh: values.fresh, stackOnly: values['stack-only'] } }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { ok: false, text: `${error.message}\n\n${USAGE}`, exitCode: 2 }
  }
}
