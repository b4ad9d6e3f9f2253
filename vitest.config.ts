import { defineConfig } from 'vitest/config'
import { countTests } from './infra/stack/src/testing/count-tests.ts'

const ignored = ['**/node_modules/**', '**/.data/**']
/** They measure when things arrive: whatever else runs would be measured with them. Or they take all there is. */
const undisturbed = [
  'testing/e2e/src/hold-the-cap.int.test.ts',
  'testing/e2e/src/hostile-posts.int.test.ts',
  'testing/e2e/src/hostile-records.int.test.ts',
  'testing/e2e/src/mixed-faults.int.test.ts',
  'services/analyzer/src/hold-the-cap.int.test.ts',
  'services/analyzer/src/main.int.test.ts',
]

const withStack = {
  globalSetup: ['./infra/stack/src/testing/vitest-global-setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
}

/**
 * `unit` needs nothing; `int` and `alone` need the real Kafka, registry and Postgres, started once. `alone` runs
 * when the others are done, one file at a time.
 */
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
          // A process runs many files: to start one and import the same modules takes longer than most files' tests.
          isolate: false,
          setupFiles: ['./testing/fixtures/src/leave-no-trace.ts'],
          include: ['**/*.test.ts'],
          exclude: ['**/*.int.test.ts', ...ignored],
        },
      },
      {
        test: {
          name: 'int',
          include: ['**/*.int.test.ts'],
          exclude: [...undisturbed, ...ignored],
          ...withStack,
        },
      },
      {
        test: {
          name: 'alone',
          include: undisturbed,
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          ...withStack,
        },
      },
    ],
  },
})
