import { spawn } from 'node:child_process'

/** Lines of the output that an error tells. */
const TAIL = 20

/** Runs a program to its end. @throws with the tail of what it wrote when it fails */
export function runJob(options: {
  /** For messages. */
  name: string
  command: string
  args: readonly string[]
  cwd?: string
  env: NodeJS.ProcessEnv
  /** The user to run as, when it is not ours. */
  user?: { uid: number; gid: number } | null
  signal?: AbortSignal
}): Promise<void> {
  const { name, command, args, cwd, env, user, signal } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
      ...(signal && { signal }),
      ...user,
    })
    const lines: string[] = []
    const keep = (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n').filter(Boolean))
      lines.splice(0, lines.length - TAIL)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', reject)
    child.once('close', (code, killedBy) => {
      if (code === 0) resolve()
      else reject(new Error(`${name} ended with ${killedBy ?? `exit code ${code}`}\n${lines.join('\n')}`))
    })
  })
}
