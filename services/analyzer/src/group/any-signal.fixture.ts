import fc from 'fast-check'
import { STEP_MAX, type Spending, type CooldownSignal } from './signals.ts'

const hold = fc.record(
  {
    kind: fc.constantFrom('transient', 'misconfigured'),
    reason: fc.string(),
    detail: fc.string(),
    by: fc.string(),
    until: fc.double({ min: 0, max: 1e13, noNaN: true }),
    step: fc.nat(STEP_MAX),
    probe: fc.option(fc.record({ member: fc.string(), until: fc.nat() })),
  },
  { requiredKeys: ['kind', 'reason', 'by', 'until', 'step', 'probe'] },
)
export const cooldownSignal: fc.Arbitrary<CooldownSignal> = fc.record({
  member: fc.string(),
  base: fc.nat(8),
  hold: fc.option(hold),
  succeededAt: fc.option(fc.nat()),
})
export const spending: fc.Arbitrary<Spending> = fc.record({
  revision: fc.integer({ min: 1 }),
  models: fc.array(
    fc.record({
      model: fc.string(),
      calls: fc.integer({ min: 1 }),
      usage: fc.record({
        prompt_tokens: fc.maxSafeNat(),
        cached_tokens: fc.maxSafeNat(),
        completion_tokens: fc.maxSafeNat(),
        reasoning_tokens: fc.maxSafeNat(),
        cost_usd_ticks: fc.maxSafeNat(),
      }),
    }),
  ),
  unanswered: fc.maxSafeNat(),
  reserved: fc.maxSafeNat(),
})
