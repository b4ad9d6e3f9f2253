import { countrySpecs, isValidIBAN } from 'ibantools'
import type { Span } from './span.ts'

/** IBANs (ISO 13616) in one piece or in groups: the country's length and structure, and the check digits modulo 97. */
export function findIbans(text: string): Span[] {
  const spans: Span[] = []
  for (const { 0: opening, index } of text.matchAll(OPENING)) {
    if (index < (spans.at(-1)?.end ?? 0)) continue
    const length = countrySpecs[opening.slice(0, 2).toUpperCase()]?.chars ?? 0
    const end = endOf(text, index, length)
    if (end === index || /[\p{L}\p{N}]/u.test(text[end] ?? '')) continue
    const iban = text.slice(index, end).replace(/[^A-Za-z\d]/g, '')
    if (isValidIBAN(iban.toUpperCase())) spans.push({ start: index, end })
  }
  return spans
}

const OPENING = /(?<![\p{Script=Latin}\p{N}])[A-Z]{2}[ -]?\d\d/giu

/**
 * Behind `length` letters and digits with at most one space or dash between them; `start` if there are not that many.
 */
function endOf(text: string, start: number, length: number): number {
  let end = start
  for (let seen = 0; seen < length; seen++, end++) {
    if (seen > 0 && /[ -]/.test(text[end] ?? '')) end++
    if (!/[A-Za-z\d]/.test(text[end] ?? '')) return start
  }
  return end
}
