import { z } from 'zod'
import { Fault } from './draw-fault.ts'

/** What can be changed while the simulator runs, as `/__sim/config` shows it. Nothing outlives the process. */
export const Settings = z.strictObject({
  /** Calls per second and key before 429; 0 = no limit. */
  rps: z.int().min(0),
  latency: z.strictObject({
    median_ms: z.number().min(0),
    sigma: z.number().min(0).max(3),
    tail_share: z.number().min(0).max(1),
    tail_factor: z.number().min(1),
  }),
  /** `plain`: every conversation gets the same neutral result, unread. For load tests, where scoring is most of the cost. */
  answers: z.enum(['scored', 'plain']).default('scored'),
  /** In the order in which they are drawn; a change replaces the whole list. */
  faults: z.array(Fault).max(100).default([]),
})
export type Settings = z.infer<typeof Settings>

export const SettingsChange = z
  .strictObject({
    rps: Settings.shape.rps,
    latency: Settings.shape.latency.partial(),
    answers: Settings.shape.answers.unwrap(),
    faults: Settings.shape.faults.unwrap(),
  })
  .partial()

/** Gives the settings with only the named ones changed. */
export function changeSettings(settings: Settings, change: z.infer<typeof SettingsChange>): Settings {
  return Settings.parse({
    ...settings,
    rps: change.rps ?? settings.rps,
    latency: { ...settings.latency, ...change.latency },
    answers: change.answers ?? settings.answers,
    faults: change.faults ?? settings.faults,
  })
}
