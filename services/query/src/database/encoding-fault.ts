/** Why a database of this encoding cannot hold what people write; null for UTF8. */
export function encodingFault(encoding: string | undefined): string | null {
  if (encoding === 'UTF8') return null
  return (
    `the database is encoded in ${encoding ?? 'an unknown way'}, which cannot hold what people write: make another with ` +
    "create database … encoding 'UTF8' template template0, and give its name in DATABASE_URL"
  )
}
