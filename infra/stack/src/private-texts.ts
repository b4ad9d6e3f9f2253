/**
 * Tests put one of these into every id, author and value of metadata that they send, and tell the simulated Grok: it
 * refuses a prompt that holds one, and counts it. `cust_` and `agent_` are the authors of the sample conversations.
 */
export const PRIVATE = 'private-'
export const PRIVATE_TEXTS = [PRIVATE, 'cust_', 'agent_']

/** @throws when a prompt held one, since the simulator's last reset */
export async function expectNoLeak(simulatorUrl: string): Promise<void> {
  const { leaks } = (await (await fetch(`${simulatorUrl}/__sim/stats`)).json()) as { leaks: number }
  if (leaks > 0) throw new Error(`${leaks} prompts held an id, an author or metadata`)
}
