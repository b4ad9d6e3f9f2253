import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Gives 0 … max-1. */
export type RandomInt = (max: number) => number

/** The same numbers for the same seed on every machine. */
export function randomFrom(seed: number): RandomInt {
  const generator = xoroshiro128plus(seed)
  return (max) => uniformInt(generator, 0, max - 1)
}

/** At most `count` of them, none twice, in a random order. */
export function drawSample<T>(items: readonly T[], count: number, randomInt: RandomInt): T[] {
  const left = [...items]
  const drawn: T[] = []
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(randomInt(left.length), 1))
  return drawn
}
