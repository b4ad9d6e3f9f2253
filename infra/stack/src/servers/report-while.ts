/** Says `text()` every few seconds for as long as the work takes, so that slow work does not look stuck. */
export async function reportWhile<T>(
  work: Promise<T>,
  text: (seconds: number) => string,
  report: (line: string) => void,
  everyMs = 5_000,
): Promise<T> {
  const begun = performance.now()
  const timer = setInterval(() => report(text(Math.round((performance.now() - begun) / 1000))), everyMs)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}
