import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'

const ROUNDS = 4096

/**
 * What Postgres keeps of a password (RFC 5803): given in its place, the password itself is in no statement, and so in
 * no log of the server. @param password printable ASCII: other characters would have to be prepared (RFC 4013)
 */
export async function makeScramVerifier(password: string, salt: Buffer): Promise<string> {
  const salted = await promisify(pbkdf2)(password, salt, ROUNDS, 32, 'sha256')
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${ROUNDS}:${salt.toString('base64')}$${storedKey}:${keyed('Server Key').toString('base64')}`
}
