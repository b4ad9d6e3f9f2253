import { spawn } from 'node:child_process'

/** Runs a program to its end. @throws with the tail of what it wrote when it fails */
export function runJob(options: {
  name: string
  argv: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, options.argv, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: options.signal,
    })
    const lines: string[] = []
    const keep = (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n').filter(Boolean))
      lines.splice(0, lines.length - 20)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${options.name} failed with exit code ${code}\n${lines.join('\n')}`))
    })
  })
}
