import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** What PgBouncer takes when a connection starts; it refuses the rest unless `ignore_startup_parameters` has them. */
const TAKEN = new Set([
  'user',
  'database',
  'application_name',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
])
/** What outlives a transaction, on a connection that the next transaction need not get. */
const OF_A_SESSION =
  /(?:^|;)\s*(?:prepare|listen|discard|set (?!local|transaction))|\bwith hold\b|pg_(?:try_)?advisory_lock\(|set_config\([^)]*false\)/i

/**
 * In front of Postgres on a port of 127.0.0.1, with PgBouncer's eyes: refuses the parameters that it refuses, and
 * `faults()` are the statements that would not work in its transaction mode.
 */
export async function startPoolerDoor({ host, port }: { host: string; port: number }) {
  const faults: string[] = []
  const sockets = new Set<Socket>()
  const door = createServer((client) => {
    const server = connect(port, host)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => (socket === client ? server : client).destroy())
    }
    server.pipe(client)
    let pending = Buffer.alloc(0)
    let started = false
    client.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      for (;;) {
        // Before the start-up is done, messages have no letter in front of their length.
        const head = started ? 1 : 0
        if (pending.length < head + 4 || pending.length < head + pending.readUInt32BE(head)) return
        const length = head + pending.readUInt32BE(head)
        const message = pending.subarray(0, length)
        pending = pending.subarray(length)
        if (started) faults.push(...faultsOf(message))
        else {
          started = true
          const refused = parametersOf(message).filter((name) => !TAKEN.has(name.toLowerCase()))
          if (refused.length > 0)
            return client.end(errorResponse(`unsupported startup parameter: ${refused.join(', ')}`))
        }
        server.write(message)
      }
    })
  })
  await once(door.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (door.address() as AddressInfo).port,
    faults: () => faults,
    close: () => {
      door.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Of a StartupMessage: length, version, then names and values, each ended by NUL. */
const parametersOf = (message: Buffer): string[] =>
  message
    .subarray(8)
    .toString()
    .split('\0')
    .filter((text, index) => index % 2 === 0 && text !== '')

function faultsOf(message: Buffer): string[] {
  const kind = String.fromCharCode(message[0] ?? 0)
  if (kind !== 'Q' && kind !== 'P') return []
  const [first = '', second = ''] = message.subarray(5).toString().split('\0')
  const text = kind === 'Q' ? first : second
  return [
    ...(kind === 'P' && first !== '' ? [`a prepared statement with the name ${first}`] : []),
    ...(OF_A_SESSION.test(text) ? [text] : []),
  ]
}

function errorResponse(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${message}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeUInt32BE(4 + fields.length, 1)
  return Buffer.concat([head, fields])
}
