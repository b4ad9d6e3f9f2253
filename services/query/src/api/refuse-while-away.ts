import { problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply } from 'fastify'
import { postgresAway } from '../database/postgres-away.ts'

/** 503 while Postgres is away or too slow; any other error is thrown on. The reason is for the log, not the client. */
export function refuseWhileAway(reply: FastifyReply, error: unknown): FastifyReply {
  const reason = postgresAway(error)
  if (reason === null) throw error
  reply.log.warn({ reason }, 'Postgres cannot be asked')
  const problem = {
    type: problemType('unavailable'),
    title: 'Insights cannot be read at the moment',
    status: 503,
    detail: 'The database does not answer in time. Try again a little later.',
  }
  return sendProblem(reply, problem, { 'retry-after': 2 })
}

/** 503 for a query that too many others have overtaken. */
export function refuseShed(reply: FastifyReply): FastifyReply {
  const problem = {
    type: problemType('busy'),
    title: 'Too many wide windows are read at once',
    status: 503,
    detail: 'Try again a little later, or ask for a window of at most a day.',
  }
  return sendProblem(reply, problem, { 'retry-after': 2 })
}
