import { join } from 'node:path'

/**
 * Whether there is any sign of a container engine in the places where testcontainers looks: DOCKER_HOST, its own
 * properties file, Docker's contexts, the usual sockets. Without one, its 40 MB and quarter of a second are saved.
 */
export function hasSignsOfEngine(world: {
  env: NodeJS.ProcessEnv
  platform: NodeJS.Platform
  home: string
  uid: number | null
  exists: (path: string) => boolean
}): boolean {
  const { env, platform, home, uid, exists } = world
  if (platform === 'win32' || env.DOCKER_HOST || env.DOCKER_CONTEXT) return true
  return [
    '/var/run/docker.sock',
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    ...(uid === null ? [] : [join('/run/user', String(uid), 'docker.sock')]),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
    join(home, '.docker', 'contexts'),
    join(home, '.testcontainers.properties'),
  ].some(exists)
}
