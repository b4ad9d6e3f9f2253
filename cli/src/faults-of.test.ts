import { execFile } from 'node:child_process'
import { jobs, type JobName, type ProcessName, processes } from '@insights/stack/process-table'
import { expect, test } from 'vitest'
import { faultsOf } from './faults-of.ts'
import { root } from './root.ts'

const programs: Record<ProcessName | JobName, string[]> = {
  ...(Object.fromEntries(Object.entries(processes).map(([name, { program }]) => [name, [program]])) as Record<
    ProcessName,
    string[]
  >),
  provision: [jobs.provision.program, ...jobs.provision.args, '--no-stack-env'],
  migrate: [jobs.migrate.program, ...jobs.migrate.args, '--no-stack-env'],
}

test.each(Object.entries(programs) as [ProcessName | JobName, string[]][])(
  '%s ends for a wrong environment with 1 and a line for each fault, which are those that start tells',
  async (name, argv) => {
    const env = { PATH: process.env['PATH'], LOG_LEVEL: 'loud', HOST: '0.0.0.0' }
    const ended = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, argv, { cwd: root, env, timeout: 15_000 }, (error, stdout, stderr) =>
        resolve({ code: error?.code, stdout, stderr }),
      )
    })
    const faults = faultsOf(name, env)
    expect(faults.join()).toContain('LOG_LEVEL="loud"')
    const [first, ...lines] = ended.stderr.trimEnd().split('\n')
    expect({ ...ended, first, lines }).toMatchObject({
      code: 1,
      stdout: '',
      lines: faults.map((fault) => `  - ${fault}`),
    })
    expect(first).toMatch(/^(?:insights )?\S+: the environment has \d+ faults?:$/)
  },
)
