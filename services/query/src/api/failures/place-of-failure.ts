import { z } from 'zod'
import type { Position } from '../parameters/cursor.ts'
import type { FailureRow } from './failure.ts'

/** Of an id of a failure. */
const CHARACTERS = 36

/** Where a page ends: the id of the failure, and of its conversation, which is never empty where there is one. */
export const positionOf = ({
  failed_at,
  failure_id,
  conversation_id,
}: Pick<FailureRow, 'failed_at' | 'failure_id' | 'conversation_id'>): Position => ({
  at: failed_at,
  id: failure_id + (conversation_id ?? ''),
})

export const toPlace = ({ at, id }: Position): { at: number; failure: string; conversation: string } => ({
  at,
  failure: id.slice(0, CHARACTERS),
  conversation: id.slice(CHARACTERS),
})

/** A client can make up a cursor that has another id. */
export const isPlace = (position: Position): boolean => z.guid().safeParse(toPlace(position).failure).success
