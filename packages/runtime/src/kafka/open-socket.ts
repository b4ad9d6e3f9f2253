import net from 'node:net'
import tls from 'node:tls'
import type { KafkaConfig } from 'kafkajs'

/** Longer than a broker keeps an idle connection; kafkajs' own value. */
const KEEP_ALIVE_DELAY_MS = 60_000

/**
 * `host:port` as kafkajs can take it: it splits at the first colon, so those of an IPv6 address (`[::1]:9092`) are
 * percent-encoded, and `openSocket` reads them back.
 */
export const toBroker = (broker: string): string =>
  broker.replace(/^\[(.+)\]/, (_, address: string) => address.replaceAll(':', '%3A'))

/** What kafkajs does by itself, to hosts that `toBroker` has written and to those that brokers tell. */
export const openSocket: NonNullable<KafkaConfig['socketFactory']> = ({ host, port, ssl, onConnect }) => {
  const at = { host: host.replaceAll('%3A', ':'), port }
  const name = net.isIP(at.host) === 0 ? { servername: at.host } : {}
  const socket = ssl ? tls.connect({ ...at, ...name, ...ssl }, onConnect) : net.connect(at, onConnect)
  return socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
}
