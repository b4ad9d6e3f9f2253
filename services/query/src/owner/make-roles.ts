import type { Logger } from '@insights/runtime/logger'
import type { ClientBase } from 'pg'
import { connectAsOwner } from '../database/connect-as-owner.ts'
import { currentDatabase, grantAccess, roleNames } from './grant-access.ts'
import { makeScramVerifier } from './make-scram-verifier.ts'
import { MigrationError } from './migration-error.ts'

/** Without a password a role keeps the one that it has. */
interface RolePasswords {
  projector: string | null
  api: string | null
}

const VARIABLES = { projector: 'PROJECTOR_DB_PASSWORD', api: 'API_DB_PASSWORD' } as const

/**
 * Makes or updates the roles of this database with which the projector and the API log in, in one transaction; again
 * and again is no fault. @returns the DATABASE_URL of each, without a password
 * @throws MigrationError when a role needs a password, or may do more than it should
 */
export async function makeRoles(
  databaseUrl: string,
  passwords: RolePasswords,
  { log, randomBytes, waitMs = 60_000 }: { log: Logger; randomBytes: (size: number) => Buffer; waitMs?: number },
): Promise<{ projector: string; api: string }> {
  const client = await connectAsOwner(databaseUrl, { name: 'insights-roles', log, waitMs })
  try {
    const { projector, api } = await makeBoth(client, passwords, randomBytes)
    return { projector: addressFor(databaseUrl, projector), api: addressFor(databaseUrl, api) }
  } finally {
    await client.end()
  }
}

function addressFor(databaseUrl: string, role: string): string {
  const url = new URL(databaseUrl)
  url.username = encodeURIComponent(role)
  url.password = ''
  return url.href
}

async function makeBoth(
  client: ClientBase,
  passwords: RolePasswords,
  randomBytes: (size: number) => Buffer,
): Promise<{ projector: string; api: string }> {
  const names = roleNames(await currentDatabase(client))
  await client.query('begin')
  try {
    for (const half of ['projector', 'api'] as const)
      await makeRole(client, { name: names[half], password: passwords[half], variable: VARIABLES[half] }, randomBytes)
    await grantAccess(client)
    for (const name of [names.projector, names.api]) await requireNoMore(client, name)
    await client.query('commit')
    return names
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

async function makeRole(
  client: ClientBase,
  { name, password, variable }: { name: string; password: string | null; variable: string },
  randomBytes: (size: number) => Buffer,
): Promise<void> {
  if (Buffer.byteLength(name) > 63)
    throw new MigrationError(
      `the role ${name} would have a name of more than 63 bytes: give the database a shorter name`,
    )
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name])
  const isThere = rowCount !== 0
  if (password === null && !isThere)
    throw new MigrationError(`${variable} is not set, and the role ${name} is not there yet`)
  const role = client.escapeIdentifier(name)
  const verifier = password === null ? null : await makeScramVerifier(password, randomBytes(16))
  if (verifier !== null)
    await client.query(`${isThere ? 'alter' : 'create'} role ${role} login password ${client.escapeLiteral(verifier)}`)
  await client.query(`grant connect on database ${client.escapeIdentifier(await currentDatabase(client))} to ${role}`)
}

/** A role that was there before may have been given anything. */
async function requireNoMore(client: ClientBase, name: string): Promise<void> {
  const { rows } = await client.query<{ may: string; instead: string }>(
    `select may, instead from pg_roles, lateral (values
       (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls, 'do more than use tables',
        format('alter role %I nosuperuser nocreaterole nocreatedb noreplication nobypassrls', rolname)),
       (has_schema_privilege(rolname, current_schema(), 'create'), 'make tables of its own',
        format('revoke create on schema %I from public, %I', current_schema(), rolname)),
       (exists (select from pg_auth_members where member = pg_roles.oid), 'do what other roles may',
        'revoke those roles from it'),
       (exists (select from pg_class where relowner = pg_roles.oid and relnamespace = current_schema()::regnamespace),
        'do anything with the tables that it owns', 'alter table … owner to the role of migrate')
     ) as found (is_so, may, instead) where rolname = $1 and is_so`,
    [name],
  )
  const [found] = rows
  if (found === undefined) return
  throw new MigrationError(`the role ${name} may ${found.may}: ${found.instead}, then run npm run roles again`)
}
