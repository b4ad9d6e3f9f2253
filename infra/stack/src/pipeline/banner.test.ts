import { expect, test } from 'vitest'
import { banner } from './banner.ts'

const ports = { simulator: 1, ingress: 2, analyzer: 3, query: 4, projector: 5, gateway: 6 }
const curls = (keyed: boolean): string[] =>
  banner({ ports, simulated: true, keyed, modes: {}, seconds: '1.0', dataDir: '.data' })
    .replaceAll(/ \\\n +/g, ' ')
    .split('\n')
    .filter((line) => line.startsWith('  curl '))

test('each curl carries the place of a key where the API asks for one, and none where it does not', () => {
  const open = curls(false)
  expect(open).toHaveLength(2)
  expect(open.join()).not.toContain('authorization')
  for (const curl of curls(true)) expect(curl).toContain('-H "authorization: Bearer $API_KEY"')
})
