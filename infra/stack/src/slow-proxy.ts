import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import { promisify } from 'node:util'

export interface SlowProxy {
  /** The target as seen through the proxy: its scheme, address and path, without a slash at the end. */
  url: string
  /** With `tls`: the file for NODE_EXTRA_CA_CERTS. */
  caFile: string | null
  stats(): SlowProxyStats
  stop(): Promise<void>
}

export interface SlowProxyStats {
  connections: number
  open: number
  /** Connections that the proxy closed because nothing had happened on them. */
  closedIdle: number
  /** Requests that came before their connection was set up, or that had obviously waited for it. */
  requestsOnColdConnections: number
}

/**
 * What loopback hides: a proxy on 127.0.0.1 that takes `handshakeMs` to set up each connection (until then it answers
 * nothing and forwards nothing; with `tls` it is the handshake that waits) and closes one that has been idle for
 * `idleCloseMs`. One that waits for an answer is not idle.
 */
export async function startSlowProxy({
  target,
  handshakeMs = 150,
  idleCloseMs,
  tls = false,
}: {
  target: URL
  handshakeMs?: number
  idleCloseMs?: number
  tls?: boolean
}): Promise<SlowProxy> {
  const certificate = tls ? await makeCertificate() : null
  const to = { host: target.hostname, port: Number(target.port) || (target.protocol === 'https:' ? 443 : 80) }
  const stats = { connections: 0, closedIdle: 0, requestsOnColdConnections: 0 }
  const open = new Set<Socket>()
  // Left unread until its set-up is over: the greeting of a TLS client waits in the kernel meanwhile.
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (raw) => {
    stats.connections++
    open.add(raw)
    raw.on('close', () => open.delete(raw)).on('error', ignore)
    const cold = () => void stats.requestsOnColdConnections++
    const closeIdle = () => {
      stats.closedIdle++
      raw.destroy()
    }
    serve(raw, { to, handshakeMs, idleCloseMs, context: certificate?.context ?? null, cold, closeIdle })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `${tls ? 'https:' : target.protocol}//127.0.0.1:${port}${target.pathname.replace(/\/$/, '')}`,
    caFile: certificate?.caFile ?? null,
    stats: () => ({ ...stats, open: open.size }),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
      if (certificate !== null) await rm(certificate.directory, { recursive: true, force: true })
    },
  }
}

interface Service {
  to: { host: string; port: number }
  handshakeMs: number
  idleCloseMs: number | undefined
  context: SecureContext | null
  /** Called when the connection's first request was not sent on a connection that was set up. */
  cold: () => void
  closeIdle: () => void
}

function serve(raw: Socket, { to, handshakeMs, idleCloseMs, context, cold, closeIdle }: Service): void {
  const upstream = connect({ ...to, noDelay: true })
  let client = raw
  let idle: NodeJS.Timeout | undefined
  let setUpAt = Infinity
  let first = true
  const rest = (isIdle: boolean) => {
    clearTimeout(idle)
    if (isIdle && idleCloseMs !== undefined) idle = setTimeout(closeIdle, idleCloseMs)
  }
  const end = () => {
    clearTimeout(idle)
    clearTimeout(handshake)
    upstream.destroy()
    client.destroy()
    raw.destroy()
  }
  const onRequest = (chunk: Buffer) => {
    if (first && performance.now() < setUpAt + WAITED_MS) cold()
    first = false
    rest(false)
    upstream.write(chunk)
  }
  const setUp = () => {
    const ready = () => {
      setUpAt = performance.now()
      rest(true)
    }
    client.on('data', onRequest).on('error', end).on('end', end).on('close', end)
    upstream.on('data', (chunk: Buffer) => {
      rest(true)
      client.write(chunk)
    })
    if (client instanceof TLSSocket) client.on('secure', ready)
    else ready()
  }
  const handshake = setTimeout(() => {
    if (context !== null)
      client = new TLSSocket(raw, { isServer: true, secureContext: context, ALPNProtocols: ['http/1.1'] })
    // What a client of plain TCP wrote in the meantime is there to be read at once, and so counts as cold.
    setUp()
    raw.resume()
  }, handshakeMs)
  raw.on('close', end)
  // What the target has said is passed on to the end before its end is.
  const targetEnded = () => client.destroySoon()
  upstream.on('error', end).on('end', targetEnded).on('close', targetEnded)
}

/** A request within this time of the set-up was waiting for it. */
const WAITED_MS = 20

const ignore = () => {}

/** Signed by itself and for this address only; it does not outlive the proxy. */
async function makeCertificate(): Promise<{ directory: string; caFile: string; context: SecureContext }> {
  const directory = await mkdtemp(join(tmpdir(), 'slow-proxy-'))
  const [key, caFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const what = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=slow-proxy', '-addext', 'subjectAltName=IP:127.0.0.1']
  try {
    await promisify(execFile)('openssl', [...what, ...names, '-keyout', key, '-out', caFile])
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error('a proxy with TLS needs the command openssl for its certificate, and it is not installed', {
      cause: error,
    })
  }
  return { directory, caFile, context: createSecureContext({ key: await readFile(key), cert: await readFile(caFile) }) }
}
