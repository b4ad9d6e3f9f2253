import { ConfigError } from '@insights/runtime/config/read-config'
import { choosePorts, isPortFree } from '../servers/choose-ports.ts'
import { StackRefused } from '../servers/server.ts'
import { listPorts, type PortName, type Ports } from './process-table.ts'

export interface ProcessPortWish {
  name: PortName
  variable: string
  /** The port that the environment asks for; null where it leaves the choice. */
  asked: number | null
  byDefault: number
}

/** What the environment says about the ports of the processes. @throws ConfigError with every value that is no port */
export function portWishes(env: NodeJS.ProcessEnv): ProcessPortWish[] {
  const faults: string[] = []
  const wishes = listPorts().map(({ name, variable, port: byDefault }) => {
    const given = env[variable] || null
    const asked = given === null ? null : Number(given)
    if (asked !== null && !(/^\d+$/.test(given ?? '') && asked >= 1 && asked <= 65_535))
      faults.push(`${variable} must be a port between 1 and 65535, not ${JSON.stringify(given)}`)
    return { name, variable, asked, byDefault }
  })
  if (faults.length > 0) throw new ConfigError(faults)
  return wishes
}

/**
 * A port for each: the one that was asked for, else the documented one, else a free one, which is reported.
 * @throws StackRefused when a port that was asked for is taken
 */
export async function chooseProcessPorts(
  wishes: readonly ProcessPortWish[],
  report: (line: string) => void,
): Promise<Ports> {
  for (const { variable, asked } of wishes)
    if (asked !== null && !(await isPortFree(asked)))
      throw new StackRefused(`${variable}=${asked} is taken: choose another, or unset it and a free port is found.`)
  const { ports, replaced } = await choosePorts(
    wishes.map(({ name, asked, byDefault }) => ({ for: name, preferred: asked ?? byDefault })),
    isPortFree,
    Math.random,
  )
  for (const change of replaced) report(`port ${change.preferred} is taken, ${change.for} listens on ${change.port}`)
  return Object.fromEntries(wishes.map(({ name }, index) => [name, ports[index]])) as unknown as Ports
}
