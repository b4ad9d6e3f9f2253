import { expect, test } from 'vitest'
import { createCooldownAnnouncer } from './announce-cooldown.ts'
import type { Hold } from '../signals.ts'

test('an outage is told once, however many probes it takes, then what it turned into, and that it is over', () => {
  const lines: string[] = []
  const note = (level: string) => (fields: unknown) =>
    void lines.push(`${level} ${String((fields as { reason: unknown }).reason)}`)
  const announce = createCooldownAnnouncer({ info: note('info'), warn: note('warn'), error: note('error') })
  const hold = (kind: Hold['kind'], reason: string, step: number): Hold => ({
    kind,
    reason,
    step,
    by: 'a',
    until: 0,
    probe: null,
  })
  announce(null)
  for (const step of [0, 1, 2]) announce(hold('transient', 'unavailable', step))
  announce(hold('misconfigured', 'api_key', 0))
  announce(hold('misconfigured', 'api_key', 1))
  announce(null)
  announce(null)
  announce(hold('transient', 'unavailable', 0))
  expect(lines).toEqual(['warn unavailable', 'error api_key', 'info api_key', 'warn unavailable'])
})
