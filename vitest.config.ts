import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { countTests } from './infra/stack/src/testing/count-tests.ts'

const ignored = ['**/node_modules/**', '**/.data/**']
/** They measure when calls arrive, and mostly wait: two at a time do not disturb each other, more would. */
const paced = [
  'testing/e2e/src/hold-the-cap.int.test.ts',
  'services/analyzer/src/hold-the-cap.int.test.ts',
  'services/analyzer/src/main.int.test.ts',
]
/** They take all there is. */
const undisturbed = [
  'testing/e2e/src/hostile-posts.int.test.ts',
  'testing/e2e/src/hostile-records.int.test.ts',
  'testing/e2e/src/mixed-faults.int.test.ts',
]

// Processes that tests start find what Node has compiled of the same files before, and start in half the time.
const env = { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'node_modules/.cache/node-compile') }

// A process runs many files: to start one and import the same modules takes longer than most files' tests.
const setupFiles = ['./testing/fixtures/src/leave-no-trace.ts']

const withStack = {
  env,
  globalSetup: ['./infra/stack/src/testing/vitest-global-setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // What comes by itself may take longer than a second, the default, where more runs beside it.
  expect: { poll: { timeout: 20_000 } },
  pool: 'forks' as const,
}

/**
 * `unit` needs nothing; the others need the real Kafka, registry and Postgres, started once. `paced` and then `alone`
 * run when the others are done.
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
          env,
          testTimeout: 20_000,
          isolate: false,
          setupFiles,
          include: ['**/*.test.ts'],
          exclude: ['**/*.int.test.ts', ...ignored],
        },
      },
      {
        test: {
          name: 'int',
          isolate: false,
          setupFiles,
          include: ['**/*.int.test.ts'],
          exclude: [...paced, ...undisturbed, ...ignored],
          ...withStack,
        },
      },
      {
        test: {
          name: 'paced',
          include: paced,
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          ...withStack,
        },
      },
      {
        test: {
          name: 'alone',
          include: undisturbed,
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          ...withStack,
        },
      },
    ],
  },
})
