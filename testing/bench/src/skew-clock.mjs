/**
 * Loaded before a program (`node --import`): its wall clock is wrong by SKEW_MS and jumps by SKEW_STEP_MS and back
 * every SKEW_STEP_SECONDS. Only the wall clock: monotonic time and timers stay as they are, as when an operator sets
 * the clock.
 */
const skewMs = Number(process.env.SKEW_MS ?? 0)
const stepMs = Number(process.env.SKEW_STEP_MS ?? 0)
const everyMs = Number(process.env.SKEW_STEP_SECONDS ?? 7) * 1000

const RealDate = Date
const now = () => {
  const jumped = Math.floor(performance.now() / everyMs) % 2 === 1
  return RealDate.now() + skewMs + (jumped ? stepMs : 0)
}
globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, property) => (property === 'now' ? now : Reflect.get(target, property)),
})
