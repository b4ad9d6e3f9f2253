/** Migrations cannot go on until someone acts; the message says what to do. */
export class MigrationError extends Error {
  override name = 'MigrationError'
}
