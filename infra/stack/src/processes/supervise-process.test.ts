import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { restartDelayMs, superviseProcess, type Supervised } from './supervise-process.ts'

let directory: string
let supervised: Supervised | undefined
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supervise-'))
})
afterEach(async () => {
  await supervised?.stop()
  supervised = undefined
  await rm(directory, { recursive: true })
})

async function program(source: string): Promise<string> {
  const path = join(directory, 'program.mjs')
  await writeFile(path, source)
  return path
}

async function supervise(source: string) {
  const lines: string[] = []
  const reports: string[] = []
  supervised = superviseProcess({
    name: 'sample',
    argv: [await program(source)],
    cwd: directory,
    env: process.env,
    onLine: (line) => void lines.push(line),
    report: (line) => void reports.push(line),
    stopDeadlineMs: 500,
  })
  return { supervised, lines, reports }
}

const LIVES = `console.log('pid ' + process.pid); setInterval(() => {}, 1000)`
const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a process that dies is started again, with a line that says so', async () => {
  const { supervised: sample, lines, reports } = await supervise(LIVES)
  await vi.waitFor(() => expect(lines).toHaveLength(1))
  process.kill(sample.pid() ?? 0, 'SIGKILL')
  await vi.waitFor(() => expect(lines).toHaveLength(2), 5_000)
  expect(lines[1]).not.toBe(lines[0])
  expect(reports[0]).toMatch(/sample died \(SIGKILL\).*starting it again in 0.5 s/)
})

test('a process that cannot live is not restarted in a tight loop', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(restartDelayMs)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
})

test('stop ends it for good, also one that ignores SIGTERM', async () => {
  const { supervised: sample, lines, reports } = await supervise(`process.on('SIGTERM', () => {}); ${LIVES}`)
  await vi.waitFor(() => expect(lines).toHaveLength(1))
  const pid = sample.pid() ?? 0
  await sample.stop()
  expect(alive(pid)).toBe(false)
  expect(reports.join()).toContain('killing it')
  expect(lines).toHaveLength(1)
})

test('stop during the pause before a restart starts nothing', async () => {
  const { supervised: sample, lines, reports } = await supervise(`console.log('x'); process.exit(3)`)
  await vi.waitFor(() => expect(reports).toHaveLength(1))
  await sample.stop()
  expect(lines).toHaveLength(1)
})

test('a supervisor that is killed leaves no orphan behind', async () => {
  const pidFile = join(directory, 'pid')
  const child = await program(
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`,
  )
  const supervisor = join(directory, 'supervisor.mjs')
  const here = import.meta.dirname
  await writeFile(
    supervisor,
    `import { superviseProcess } from ${JSON.stringify(join(here, 'supervise-process.ts'))}
     superviseProcess({ name: 'x', argv: ['--import', ${JSON.stringify(join(here, 'exit-with-parent.mjs'))}, ${JSON.stringify(child)}],
       cwd: '.', env: process.env, onLine: () => {}, report: () => {}, stopDeadlineMs: 1000 })`,
  )
  const parent = spawn(process.execPath, [supervisor], { stdio: 'ignore' })
  const pid = await vi.waitFor(async () => Number(await readFile(pidFile, 'utf8')), 10_000)
  expect(alive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await vi.waitFor(() => expect(alive(pid)).toBe(false), 5_000)
})
