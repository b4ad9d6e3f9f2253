import { generateConversations } from '@insights/sample-conversations/generate-conversations'
import { setTimeout as sleep } from 'node:timers/promises'
import { tableHeader, tableRow, type InsightRow } from './print-table.ts'

/**
 * Posts `count` sample conversations to the gateway, then prints each one's insight when it can be read there.
 * @returns how many insights arrived before `deadlineMs` was over
 */
export async function runDemo(options: {
  gatewayUrl: string
  count: number
  seed: number
  /** Makes the ids of this run its own, so that a second demo is not taken for a repetition of the first. */
  run: string
  apiKey: string | undefined
  deadlineMs: number
  print: (line: string) => void
  signal: AbortSignal
}): Promise<number> {
  const { gatewayUrl, count, print, signal } = options
  const headers = {
    'content-type': 'application/json',
    ...(options.apiKey && { authorization: `Bearer ${options.apiKey}` }),
  }
  const since = new Date(Date.now() - 60_000).toISOString()
  const expected = new Set<string>()
  for (const [index, conversation] of generateConversations({ seed: options.seed, count }).entries()) {
    const body = {
      conversation_id: `demo-${options.run}-${String(index + 1).padStart(3, '0')}`,
      messages: conversation.messages,
      metadata: conversation.metadata,
    }
    const response = await fetch(`${gatewayUrl}/api/v1/conversations`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
    })
    if (response.status !== 202) throw new Error(`demo: ${response.status} ${await response.text()}`)
    expected.add(body.conversation_id)
  }
  print(`${expected.size} sample conversations accepted; their insights as they arrive:\n`)
  print(tableHeader())
  const deadline = performance.now() + options.deadlineMs
  while (expected.size > 0 && performance.now() < deadline && !signal.aborted) {
    for (const insight of await newest(gatewayUrl, since, headers, signal))
      if (expected.delete(insight.conversation_id)) print(tableRow(insight))
    await sleep(300, undefined, { signal }).catch(() => {})
  }
  return count - expected.size
}

async function newest(gatewayUrl: string, since: string, headers: object, signal: AbortSignal): Promise<InsightRow[]> {
  const query = new URLSearchParams({
    start_time: since,
    end_time: new Date(Date.now() + 60_000).toISOString(),
    limit: '1000',
  })
  const response = await fetch(`${gatewayUrl}/api/v1/insights?${query}`, { headers: { ...headers }, signal })
  if (response.status !== 200) throw new Error(`demo: ${response.status} ${await response.text()}`)
  const { data } = (await response.json()) as { data: InsightRow[] }
  return data.toReversed()
}
