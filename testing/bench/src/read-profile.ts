import { readFileSync } from 'node:fs'

/** What of a V8 CPU profile is read (`node --cpu-prof`). Times in microseconds. */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

export interface Hot {
  name: string
  /** Of the time in which something ran, in percent: idle time is left out. */
  percent: number
}

/** The functions in which most time was spent, callees not included. */
export function readProfile(file: string, top: number): Hot[] {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '(unknown)'
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, top)
    .map(([name, time]) => ({ name, percent: (100 * time) / busy }))
}

/** Paths from the repository or the package on, so that the names mean the same on every machine. */
function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)'
  if (url === '') return name
  const place = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/((?:services|packages|schemas)\/)/, '$1')
  return `${name}  ${place}:${lineNumber + 1}`
}
