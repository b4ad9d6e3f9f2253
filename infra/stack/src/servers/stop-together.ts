/** Stops all, each whatever becomes of the others, and then tells what went wrong. */
export async function stopTogether(parts: { stop(): Promise<void> }[]): Promise<void> {
  const results = await Promise.allSettled(parts.map((part) => part.stop()))
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length > 0)
    throw new AggregateError(errors, `the stack did not stop cleanly: ${errors.map(String).join('; ')}`)
}
