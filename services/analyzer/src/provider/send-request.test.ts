import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { sendRequest } from './send-request.ts'

test.each([200, 500])('(I8) of an endless answer with status %i no more is kept than the limit', async (status) => {
  const server = createServer((_request, response) => {
    response.writeHead(status)
    const chunk = 'x'.repeat(64 * 1024)
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more)
    more()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const agent = new Agent()
  onTestFinished(async () => {
    await agent.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const request = {
    url: new URL(`http://127.0.0.1:${port}/v1`),
    method: 'POST',
    headers: new Headers(),
    body: '{}',
    signal: new AbortController().signal,
    maxBytes: 100_000,
  }
  const { status: answered, text } = await sendRequest(agent, request, { mayLeave: () => true, onLeave: () => {} })
  expect(answered).toBe(status)
  expect(text.length).toBeGreaterThan(100_000)
  expect(text.length).toBeLessThan(300_000)
})
