import { z } from 'zod'
import { Fault } from './faults/draw-fault.ts'

/** What can be changed while the simulator runs, as `/__sim/config` shows it. Nothing outlives the process. */
export const Settings = z.strictObject({
  /** Calls per second, key and model before 429; 0 = no limit. */
  rps: z.int().min(0),
  /** Tokens per minute, key and model before 429, prompt and answer; 0 = no limit. */
  tpm: z.int().min(0),
  latency: z.strictObject({
    median_ms: z.number().min(0),
    sigma: z.number().min(0).max(3),
    tail_share: z.number().min(0).max(1),
    tail_factor: z.number().min(1),
  }),
  /** `plain`: only the clearest words of joy and anger count. For load tests, where scoring is most of the cost. */
  answers: z.enum(['scored', 'plain']).default('scored'),
  /** In the order in which they are drawn; a change replaces the whole list. */
  faults: z.array(Fault).max(100).default([]),
  /** Whether a text that holds `[sim:<kind>]` draws that fault on every call it is in. */
  markers: z.boolean().default(true),
  /** Texts that must not be in any call: one that holds one is refused and counted as a leak. */
  private: z.array(z.string().min(4).max(200)).max(100).default([]),
})
export type Settings = z.infer<typeof Settings>

export const SettingsChange = z
  .strictObject({
    rps: Settings.shape.rps,
    tpm: Settings.shape.tpm,
    latency: Settings.shape.latency.partial(),
    answers: Settings.shape.answers.unwrap(),
    faults: Settings.shape.faults.unwrap(),
    markers: Settings.shape.markers.unwrap(),
    private: Settings.shape.private.unwrap(),
  })
  .partial()

/** Gives the settings with only the named ones changed. */
export function changeSettings(settings: Settings, change: z.infer<typeof SettingsChange>): Settings {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  return Settings.parse({ ...settings, ...given, latency: { ...settings.latency, ...change.latency } })
}
