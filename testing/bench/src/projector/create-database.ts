import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** An empty database beside that of `serverUrl`, with a session in it; dropped in the end. */
export async function createDatabase(
  serverUrl: string,
): Promise<{ databaseUrl: string; client: pg.Client; [Symbol.asyncDispose](): Promise<void> }> {
  const name = `bench_${randomBytes(4).toString('hex')}`
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  await once(serverUrl, `create database ${name}`)
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  return {
    databaseUrl: url.href,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.end()
      await once(serverUrl, `drop database ${name} with (force)`)
    },
  }
}

async function once(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
