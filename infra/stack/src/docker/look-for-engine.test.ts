import { expect, test } from 'vitest'
import { hasSignsOfEngine } from './look-for-engine.ts'

const look = (present: string[], env: NodeJS.ProcessEnv = {}, platform: NodeJS.Platform = 'linux') =>
  hasSignsOfEngine({ env, platform, home: '/home/a', uid: 1000, exists: (path) => present.includes(path) })

test('a machine without any sign of Docker does not load its client', () => {
  expect(look([])).toBe(false)
})

test('no engine is overlooked: the usual socket, rootless ones, Docker Desktop, a context, an address', () => {
  for (const path of [
    '/var/run/docker.sock',
    '/run/user/1000/docker.sock',
    '/home/a/.docker/run/docker.sock',
    '/home/a/.docker/desktop/docker.sock',
    '/home/a/.docker/contexts',
    '/home/a/.testcontainers.properties',
  ])
    expect(look([path]), path).toBe(true)
  expect(look(['/tmp/x/docker.sock'], { XDG_RUNTIME_DIR: '/tmp/x' })).toBe(true)
  expect(look([], { DOCKER_HOST: 'tcp://127.0.0.1:2375' })).toBe(true)
  expect(look([], {}, 'win32')).toBe(true)
})
