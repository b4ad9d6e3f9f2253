import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Made with openssl for these tests alone, valid until 2126: an authority, and what it says of `localhost`. */
export const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS+gAwIBAgIUKOTQd2B4Nnd0Fy0mRSnb0+qxqlMwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI5MTg1NjU0WhgPMjEy
NjExMDUxODU2NTRaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAE+0G2Yr1YhQg7odWpM6aUaoRCBTjZVx74CWZzKMaJ
PU/OjovDLeEB8ekEcvQi+ua0n7IOaHEfTL/bfDRMJUBEg6NTMFEwHQYDVR0OBBYE
FNUOpwET7rTZxNoF8FAAXxTEjS/yMB8GA1UdIwQYMBaAFNUOpwET7rTZxNoF8FAA
XxTEjS/yMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgVDyGuAGA
C+z9JPu3H8QCs+dmvnY7lliSu+hgN6wFnbcCICP18sO+1LjBhme1Kgq2+afh5a85
CL8KYfnviC0P+gLc
-----END CERTIFICATE-----
`
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBlDCCATqgAwIBAgIUVPg5Exl4STfezRhAxrXNQXifec4wCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI5MTg1NjU0WhgPMjEy
NjExMDUxODU2NTRaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABPE7lwHkoY13eh7GWHgleNnybfCHdRePGj/WFr40dGa4GlDd
++p+69qX1+kw7S7AQb3muVO2XBKxfbEjz3yRtRujYzBhMBQGA1UdEQQNMAuCCWxv
Y2FsaG9zdDAJBgNVHRMEAjAAMB0GA1UdDgQWBBQVKdBu5A3MT4hAIgaXRxvcSg3S
6TAfBgNVHSMEGDAWgBTVDqcBE+602cTaBfBQAF8UxI0v8jAKBggqhkjOPQQDAgNI
ADBFAiBqB5Q+Xw3wD5+jFX7/38+3zMxlt7JALiPSnEW9tTwxZgIhAM8nya7qOowJ
d5+Wl2ZAERlaX/tilijewXGdapLZseya
-----END CERTIFICATE-----
`
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAhCrEuMmL2h7TVui
iqSzZSJxfM5EuYdf3oYSKZ8qOFihRANCAATxO5cB5KGNd3oexlh4JXjZ8m3wh3UX
jxo/1ha+NHRmuBpQ3fvqfuval9fpMO0uwEG95rlTtlwSsX2xI898kbUb
-----END PRIVATE KEY-----
`

/** PostgreSQL's SSLRequest: eight bytes, of which the last four are 1234 and 5679. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/**
 * TLS in front of a Postgres that speaks none, on a port of 127.0.0.1: who asks for it gets it, as from a server with
 * `ssl = on`. `encrypted()` is how the connections since the last call were made.
 */
export async function startTlsDoor({ host, port }: { host: string; port: number }) {
  let seen: boolean[] = []
  const sockets = new Set<Socket>()
  const door = createServer((client) => {
    sockets.add(client)
    client.on('error', () => undefined)
    client.once('data', (first) => {
      const encrypted = first.equals(SSL_REQUEST)
      seen.push(encrypted)
      if (!encrypted) client.unshift(first)
      else client.write('S')
      const inside = encrypted ? new TLSSocket(client, { isServer: true, key: KEY, cert: CERTIFICATE }) : client
      const server = connect(port, host)
      inside.pipe(server).pipe(inside)
      for (const socket of [inside, server]) {
        socket.on('error', () => undefined)
        socket.on('close', () => (socket === inside ? server : inside).destroy())
      }
    })
  })
  await once(door.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (door.address() as AddressInfo).port,
    encrypted: () => {
      const how = [...new Set(seen)]
      seen = []
      return how
    },
    close: () => {
      door.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
