import { answerFaults } from './answer-faults.ts'
import { connectionFaults } from './connection-faults.ts'
import type { FaultAct } from './fault-act.ts'
import { itemFaults } from './item-faults.ts'
import { obeyingFaults } from './obeying-faults.ts'
import { refusingFaults } from './refusing-faults.ts'

/**
 * All kinds of faults by their names in `/__sim/config` and in markers; one file per family. Another kind is another
 * line in the file of its family, and a family that does something new another field of `FaultAct`.
 */
export const faultKinds = { ...refusingFaults, ...connectionFaults, ...answerFaults, ...itemFaults, ...obeyingFaults }

export type FaultKind = keyof typeof faultKinds

export function actOf(kind: FaultKind): FaultAct {
  return faultKinds[kind]
}

export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(faultKinds, name)
}

/** Every kind with its family and one line on what a caller meets: what documentation renders. */
export const faultKindDescriptions = Object.entries({
  refusal: refusingFaults,
  connection: connectionFaults,
  answer: answerFaults,
  item: itemFaults,
  injection: obeyingFaults,
}).flatMap(([family, kinds]) =>
  Object.entries(kinds).map(([kind, { describe }]) => ({ kind: kind as FaultKind, family, describe })),
)
