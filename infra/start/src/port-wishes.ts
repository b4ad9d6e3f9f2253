import { PREFERRED_PORTS, type Ports } from './plan-processes.ts'

/** The port that the environment asks for, for each process; null where it leaves the choice. */
export function portWishes(env: NodeJS.ProcessEnv): { name: keyof Ports; asked: number | null }[] {
  return (Object.keys(PREFERRED_PORTS) as (keyof Ports)[]).map((name) => {
    const { variable } = PREFERRED_PORTS[name]
    const given = env[variable]
    if (given === undefined || given === '') return { name, asked: null }
    const port = Number(given)
    if (!/^\d+$/.test(given) || port < 1 || port > 65_535)
      throw new Error(`${variable} must be a port between 1 and 65535, not ${JSON.stringify(given)}`)
    return { name, asked: port }
  })
}
