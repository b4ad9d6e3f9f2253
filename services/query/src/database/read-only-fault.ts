/** What to do about a server or database that takes no writes; null for one that does. */
export function readOnlyFault(readOnly: boolean | undefined): string | null {
  if (readOnly !== true) return null
  return (
    'the server takes no writes: it is a standby, or default_transaction_read_only is on; give the address of the primary ' +
    'in DATABASE_URL, or set it off'
  )
}
