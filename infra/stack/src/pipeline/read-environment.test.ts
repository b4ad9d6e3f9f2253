import { expect, test } from 'vitest'
import { readEnvironment } from './read-environment.ts'

const read = (env: NodeJS.ProcessEnv, demo: boolean) =>
  readEnvironment(env, { serversOnly: false, demo, faultsOf: () => [] })
const API_KEYS = `crm:${'0'.repeat(64)}`

test('a demo that the API would answer 401 is refused before anything starts, with the variable that it needs', () => {
  expect(() => read({ API_KEYS }, true)).toThrow('DEMO_API_KEY is missing, and API_KEYS is set')
  expect(read({ API_KEYS, DEMO_API_KEY: 'key' }, true)).toMatchObject({ keyed: true })
  expect(read({ API_KEYS }, false)).toMatchObject({ keyed: true })
  expect(read({}, true)).toMatchObject({ keyed: false })
})
