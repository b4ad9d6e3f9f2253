import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether one of the `secrets` is in a call: in its body as it came, in a text or a name inside of it after unescaping
 * (a JSON document within a text included), or in a header whose name begins with x-. Case counts.
 */
export function holdsPrivate(
  secrets: readonly string[],
  { headers, body }: { headers: IncomingHttpHeaders; body: string },
): boolean {
  if (secrets.length === 0) return false
  const extra = Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-') ? [value ?? []].flat() : []))
  const texts = [body, ...extra, ...textsIn(body)]
  return secrets.some((secret) => texts.some((text) => text.includes(secret)))
}

/** All names and texts of a JSON document, and of the documents in its texts. No recursion: depth costs no stack. */
function textsIn(document: string): string[] {
  const texts: string[] = []
  const left: unknown[] = [parse(document)]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string') {
      texts.push(value)
      if (/^\s*[[{]/.test(value)) left.push(parse(value))
    } else if (Array.isArray(value)) {
      for (const inner of value) left.push(inner)
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) left.push(name, inner)
    }
  }
  return texts
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
