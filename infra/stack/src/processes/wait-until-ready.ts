import { pause } from '@insights/runtime/pause'

/** Resolves when each address answers 200. @throws with each one's last answer when `deadlineMs` is over */
export async function waitUntilReady(
  urls: { name: string; readyUrl: string }[],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  const late = (
    await Promise.all(
      urls.map(async ({ name, readyUrl }) => {
        for (;;) {
          const answer = await ask(readyUrl)
          if (answer === null || signal.aborted) return null
          if (performance.now() > deadline) return `${name}: ${answer}`
          await pause(100, signal)
        }
      }),
    )
  ).filter((reason) => reason !== null)
  if (late.length > 0) throw new Error(`not ready after ${deadlineMs / 1000} s\n  ${late.join('\n  ')}`)
}

async function ask(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    const body = await response.text()
    return response.status === 200 ? null : `${response.status} ${body.slice(0, 500)}`
  } catch (error) {
    const { message, cause } = error as Error
    return cause instanceof Error ? cause.message || message : message
  }
}
