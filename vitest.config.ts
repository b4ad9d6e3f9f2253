import { defineConfig } from 'vitest/config'
import { countTests } from './infra/stack/src/count-tests.ts'

const ignored = ['**/node_modules/**', '**/.data/**']

/** Two projects: `unit` needs nothing; `int` needs the real Kafka, registry and Postgres, started once per run. */
export default defineConfig({
  test: {
    // The integration tests mostly wait for servers; one worker fewer than cores, the default, would leave them idle.
    maxWorkers: 3,
    reporters: ['default', countTests(process.env)],
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 20_000,
          include: ['**/*.test.ts'],
          exclude: ['**/*.int.test.ts', ...ignored],
        },
      },
      {
        test: {
          name: 'int',
          include: ['**/*.int.test.ts'],
          exclude: ignored,
          globalSetup: ['./infra/stack/src/vitest-global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: 'forks',
        },
      },
    ],
  },
})
