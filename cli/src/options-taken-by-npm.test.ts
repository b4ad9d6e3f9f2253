import { Command } from 'commander'
import { expect, test } from 'vitest'
import { optionsTakenByNpm } from './options-taken-by-npm.ts'

const command = new Command('reanalyze').option('--dry-run').option('--yes').option('--since <time>')
const taken = (config: Record<string, string>) =>
  optionsTakenByNpm(command, {
    npm_lifecycle_event: 'reanalyze',
    ...Object.fromEntries(Object.entries(config).map(([name, value]) => [`npm_config_${name}`, value])),
  })

test('an option that npm kept for itself is told', () => {
  expect(taken({ dry_run: 'true' })).toContain('npm took --dry-run for itself')
})

test('what a .npmrc says to npm itself stops no command', () => {
  expect([taken({ yes: '' }), taken({ yes: 'true' }), taken({ dry_run: '' })]).toEqual([null, null, null])
})
