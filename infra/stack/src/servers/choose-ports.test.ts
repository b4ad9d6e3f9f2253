import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choosePorts, isPortFree } from './choose-ports.ts'

const free = async () => true

describe('choosePorts', () => {
  test('the documented ports are taken when they are free, and nothing is reported', async () => {
    const wishes = [
      { for: 'kafka-1', preferred: 19092 },
      { for: 'registry', preferred: 8081 },
    ]
    expect(await choosePorts(wishes, free, Math.random)).toEqual({ ports: [19092, 8081], replaced: [] })
  })

  test('a taken port is replaced by a free one, and the replacement is reported', async () => {
    const isFree = async (port: number) => port !== 8081
    const chosen = await choosePorts([{ for: 'registry', preferred: 8081 }], isFree, () => 0.5)
    expect(chosen).toEqual({ ports: [26000], replaced: [{ for: 'registry', preferred: 8081, port: 26000 }] })
  })

  test('no two servers get one port, and none that the kernel hands out to clients, whatever is taken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.constantFrom(19092, 8081, 15432)), { maxLength: 9 }),
        async (preferred) => {
          const wishes = preferred.map((port, index) => ({ for: `server-${index}`, preferred: port }))
          const isFree = async (port: number) => port % 3 !== 0
          const { ports } = await choosePorts(wishes, isFree, Math.random)
          expect(new Set(ports).size).toBe(wishes.length)
          for (const port of ports) {
            expect(port).toBeLessThan(32768)
            expect(await isFree(port)).toBe(true)
          }
        },
      ),
    )
  })

  test('a machine without free ports is told so instead of searching for ever', async () => {
    await expect(choosePorts([{ for: 'x', preferred: null }], async () => false, Math.random)).rejects.toThrow(
      /no free port/,
    )
  })
})

test('a port with a listener is not free, and is free again once the listener is gone', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, host, () => resolve((server.address() as AddressInfo).port))
    })
    expect({ host, free: await isPortFree(port) }).toEqual({ host, free: false })
    await new Promise((resolve) => server.close(resolve))
    expect({ host, free: await isPortFree(port) }).toEqual({ host, free: true })
  }
})
