import { createServer, connect } from 'node:net'

export interface PortWish {
  /** What listens there, for the report: `kafka-1`. */
  for: string
  /** The documented port, or null when any will do. */
  preferred: number | null
}

/**
 * A port for each wish: the preferred one where it is free, else a free one between 20000 and 31999.
 *
 * Never one that the kernel hands out by itself (Linux from 32768, macOS from 49152): while a killed server is down, a
 * client that keeps trying such a port on loopback can be given it as its own source port and so connect to itself, and
 * the server cannot come back.
 */
export async function choosePorts(
  wishes: PortWish[],
  isFree: (port: number) => Promise<boolean>,
  random: () => number,
): Promise<{ ports: number[]; replaced: { for: string; preferred: number; port: number }[] }> {
  const ports: number[] = []
  const replaced: { for: string; preferred: number; port: number }[] = []
  const usable = async (port: number) => !ports.includes(port) && (await isFree(port))
  for (const wish of wishes) {
    if (wish.preferred !== null && (await usable(wish.preferred))) {
      ports.push(wish.preferred)
      continue
    }
    const port = await findPort(usable, random)
    ports.push(port)
    if (wish.preferred !== null) replaced.push({ for: wish.for, preferred: wish.preferred, port })
  }
  return { ports, replaced }
}

const FIRST = 20_000
const COUNT = 12_000
const TRIES = 200

async function findPort(usable: (port: number) => Promise<boolean>, random: () => number): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = FIRST + Math.floor(random() * COUNT)
    if (await usable(port)) return port
  }
  throw new Error(`no free port found between ${FIRST} and ${FIRST + COUNT - 1} in ${TRIES} tries`)
}

/**
 * Whether a server could listen on this port of 127.0.0.1 now. Both ways are tried, because a listener on all addresses
 * does not keep others from binding 127.0.0.1 on every system, but does answer there.
 */
export async function isPortFree(port: number): Promise<boolean> {
  return !(await answers('127.0.0.1', port, 1_000)) && (await canListen(port))
}

/** Whether something accepts connections there. */
export function answers(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
    socket.once('timeout', () => done(false))
  })
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
