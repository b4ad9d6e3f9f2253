import { ownGroup, type Work } from '../work/work.ts'

/**
 * The same conversations in groups of at most `most` that share no call, for one of them spoils it. Where two halves
 * would be of two and one, they go one by one, which takes a call less.
 */
export function splitUp(works: readonly Work[], most: number): Work[] {
  if (most <= 2 && works.length <= 3) return works.map(goAlone)
  const size = Math.ceil(works.length / Math.ceil(works.length / most))
  // Named by its first member, which is in no other group.
  return works.map((work, i) => ({ ...work, group: ownGroup(works[i - (i % size)] ?? work) }))
}

export const goAlone = (work: Work): Work => ({ ...work, group: ownGroup(work) })
