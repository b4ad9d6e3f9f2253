import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { listProcesses, parsePs, parseStat, processIdentity } from './list-processes.ts'

const stat = (name: string, state: string) =>
  `4711 (${name}) ${state} 17 4711 4711 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 998877 1000 2000`

test('a process name with brackets and spaces does not shift the fields of /proc/<pid>/stat', () => {
  expect(parseStat(stat('postgres: (a b) )', 'S'), 'boot')).toEqual({ parent: 17, identity: 'boot 998877' })
})

test('a zombie is no process: it cannot be killed and holds nothing', () => {
  expect(parseStat(stat('java', 'Z'), 'boot')).toBeNull()
  expect(parsePs('  12  1 Z+  Mon Nov 23 07:37:00 2026     (java)')).toEqual([])
})

test('the output of ps is read with the whole command line', () => {
  expect(
    parsePs('  501     1 Ss   Mon Nov  3 07:37:00 2026     /usr/bin/java -cp a:b kafka.Kafka /data dir/x\n'),
  ).toEqual([
    {
      pid: 501,
      parent: 1,
      identity: 'Mon Nov  3 07:37:00 2026',
      argv: ['/usr/bin/java -cp a:b kafka.Kafka /data dir/x'],
      cwd: null,
    },
  ])
})

test('a child is found with its arguments and its parent, and has no identity once it is gone', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()', 'a b'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(child, 'spawn')
  const { pid = 0 } = child
  const facts = (await listProcesses()).find((candidate) => candidate.pid === pid)
  expect(facts?.parent).toBe(process.pid)
  expect(facts?.argv.join(' ')).toContain('a b')
  expect(await processIdentity(pid)).toBe(facts?.identity)
  child.stdin.end()
  await once(child, 'exit')
  expect(await processIdentity(pid)).toBeNull()
})
