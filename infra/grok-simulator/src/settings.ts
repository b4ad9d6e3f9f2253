import { z } from 'zod'

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
})
export type Settings = z.infer<typeof Settings>

export const SettingsChange = Settings.extend({ latency: Settings.shape.latency.partial() }).partial()

/** Gives the settings with only the named ones changed. */
export function changeSettings(settings: Settings, change: z.infer<typeof SettingsChange>): Settings {
  return Settings.parse({
    rps: change.rps ?? settings.rps,
    latency: { ...settings.latency, ...change.latency },
  })
}
