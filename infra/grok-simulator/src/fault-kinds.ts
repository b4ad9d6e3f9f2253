import { connectionFaults } from './connection-faults.ts'
import { refusingFaults } from './refusing-faults.ts'
import type { Refusal } from './refusals.ts'

/** What a fault does to a call that it hits. */
export interface FaultAct {
  /** What is said to a caller who asked for `model`; absent: what would have been said anyhow. */
  refuse?: (model: string) => Refusal
  /** Where what is said stops, and how; absent: it is all sent. */
  cut?: Cut
}

export interface Cut {
  where: 'before_headers' | 'in_body'
  /** `hang`: silence until the caller goes away or the simulator stops; `reset`: the connection is destroyed. */
  how: 'hang' | 'reset'
}

/**
 * All kinds of faults by their names in `/__sim/config`; one file per family. Another kind is another line in the file of
 * its family, and a family that does something new (to the content of an answer, say) another field of `FaultAct`.
 */
export const faultKinds = { ...refusingFaults, ...connectionFaults }

export type FaultKind = keyof typeof faultKinds

export function actOf(kind: FaultKind): FaultAct {
  return faultKinds[kind]
}
