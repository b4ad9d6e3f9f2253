export type IdempotencyKey = { ok: true; key: string | undefined } | { ok: false; detail: string }

/**
 * Reads the `Idempotency-Key` header. The draft (draft-ietf-httpapi-idempotency-key-header-07) makes it a
 * structured-field string, `"8e03978e"`; most clients send it bare, so both are taken and mean the same key. 1–255
 * characters.
 */
export function readIdempotencyKey(header: string | string[] | undefined): IdempotencyKey {
  if (header === undefined) return { ok: true, key: undefined }
  const text = String(header).trim()
  const key = QUOTED.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : BARE.test(text) ? text : null
  if (key === null || key === '')
    return { ok: false, detail: 'Idempotency-Key must be one non-empty string, quoted or bare' }
  if (key.length > MAX_LENGTH) return { ok: false, detail: `Idempotency-Key is longer than ${MAX_LENGTH} characters` }
  return { ok: true, key }
}

const MAX_LENGTH = 255
/** sf-string of RFC 9651: printable ASCII, with `"` and `\` escaped. */
const QUOTED = /^"(?:[ !#-[\]-~]|\\["\\])*"$/
/** Visible ASCII without what would make it a list, a parameter or half a string: two headers are joined by a comma. */
const BARE = /^[!#-+\--:<-[\]-~]+$/

/** What is taken, as one pattern for the description of the API. */
export const IDEMPOTENCY_KEY = String.raw`^(?:"(?:[ !#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--:<-\[\]-~]{1,255})$`
