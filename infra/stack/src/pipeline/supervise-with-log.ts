import { createWriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { resolve } from 'node:path'
import { showLogLine } from '@insights/runtime/show-log-line'
import type { PlannedProcess } from '../processes/plan-processes.ts'
import { root } from '../processes/root.ts'
import { superviseProcess, type Supervised } from '../processes/supervise-process.ts'

/**
 * At the default rates a small young generation costs nothing, and without it V8 lets each idle process keep 30 MB of
 * garbage from its start.
 */
export const HEAP = '--max-semi-space-size=2'
const PRELOADED = ['cache-compiled.mjs', 'exit-with-parent.mjs'].flatMap((name) => [
  '--import',
  `./infra/stack/src/processes/${name}`,
])

/** Supervises a process whose lines go to a log file in `dataDir`, and those that a person should see to `say`. */
export async function superviseWithLog(
  { name, program, env }: PlannedProcess,
  dataDir: string,
  say: (line: string) => void,
): Promise<Supervised> {
  const file = resolve(dataDir, 'logs', `${name}.log`)
  await mkdir(resolve(dataDir, 'logs'), { recursive: true, mode: 0o700 })
  await rename(file, `${file}.1`).catch(() => {})
  const logFile = createWriteStream(file)
  return superviseProcess({
    name,
    argv: [HEAP, ...PRELOADED, program],
    cwd: root,
    env: { ...process.env, ...env },
    onLine: (line) => {
      logFile.write(`${line}\n`)
      const shown = showLogLine(name, line)
      if (shown !== null) say(shown)
    },
    report: say,
    stopDeadlineMs: 15_000,
  })
}
