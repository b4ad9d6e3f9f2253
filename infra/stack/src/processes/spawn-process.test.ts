import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { choosePorts, isPortFree } from '../servers/choose-ports.ts'
import { spawnProcess } from './spawn-process.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spawn-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function spawnCode(code: string, ready = false) {
  const script = join(directory, `${Math.random()}.mjs`)
  await writeFile(script, code)
  const { ports } = await choosePorts([{ for: 'it', preferred: null }], isPortFree, Math.random)
  const url = `http://127.0.0.1:${ports[0]}/`
  return spawnProcess({
    name: 'it',
    script,
    env: { PORT: `${ports[0]}` },
    ...(ready && { readyUrl: url }),
    stopDeadlineMs: 300,
  })
}

const serve = `
  import { createServer } from 'node:http'
  let asked = 0
  createServer((request, response) => response.writeHead(++asked < 3 ? 503 : 200).end()).listen(process.env.PORT, '127.0.0.1')`

describe('spawnProcess', () => {
  test('waits until the process says that it is ready, and stops it gently', async () => {
    const running = await spawnCode(
      `${serve}\nprocess.on('SIGTERM', () => { console.log('bye'); process.exit(0) })`,
      true,
    )
    await running.stop()
    expect(running.output()).toContain('bye')
    expect(await running.exited).toBe(0)
  })

  test('a process that ends before it is ready is told with what it said', async () => {
    await expect(spawnCode("console.error('no database'); process.exit(3)", true)).rejects.toThrow(
      /ended with 3[^]*no database/,
    )
  })

  test('a process that does not stop, or stops with a failure, is told and is gone', async () => {
    const deaf = await spawnCode(`${serve}\nprocess.on('SIGTERM', () => undefined)`, true)
    await expect(deaf.stop()).rejects.toThrow(/did not stop within 300 ms/)
    expect(await deaf.exited).toBe('SIGKILL')

    const failing = await spawnCode(`${serve}\nprocess.on('SIGTERM', () => process.exit(1))`, true)
    await expect(failing.stop()).rejects.toThrow(/stopped with 1/)
  })

  test('a killed process is gone at once, and stopping it afterwards is no fault', async () => {
    const running = await spawnCode(serve, true)
    await running.kill()
    expect(await running.exited).toBe('SIGKILL')
    await running.stop()
  })
})
