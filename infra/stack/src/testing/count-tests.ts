import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

interface Count {
  passed: number
  failed: number
  skipped: number
  /** `<file> > <test>: <message>` of each failure. */
  failures: string[]
}

/**
 * A vitest reporter that says how many tests ran in each project, which the default one does not. The counts also go to
 * the file that `TEST_COUNTS_FILE` names, as `{ "<project>": { passed, failed, skipped, failures } }`, for who sums
 * them up.
 */
export function countTests(env: NodeJS.ProcessEnv): Reporter {
  return {
    onTestRunEnd: (modules, unhandledErrors) => {
      const counts: Record<string, Count> = {}
      for (const module of modules) add((counts[module.project.name] ??= noneYet()), module)
      for (const [project, { passed, failed, skipped }] of Object.entries(counts))
        console.log(`${project}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
      if (unhandledErrors.length > 0)
        counts.unhandled = {
          ...noneYet(),
          failed: unhandledErrors.length,
          failures: unhandledErrors.map((error) => `unhandled: ${error.message}`),
        }
      if (env.TEST_COUNTS_FILE) writeFileSync(env.TEST_COUNTS_FILE, JSON.stringify(counts))
    },
  }
}

const noneYet = (): Count => ({ passed: 0, failed: 0, skipped: 0, failures: [] })

function add(count: Count, module: TestModule): void {
  const tests = [...module.children.allTests()]
  for (const test of tests) {
    const { state, errors } = test.result()
    if (state === 'passed') count.passed++
    else if (state === 'skipped') count.skipped++
    else {
      count.failed++
      count.failures.push(`${module.relativeModuleId} > ${test.fullName}: ${firstLines(errors)}`)
    }
  }
  // A file or a hook that fails has run none of its tests: that must not count as zero faults.
  if (!module.ok() && tests.every((test) => test.result().state !== 'failed')) {
    count.failed++
    count.failures.push(`${module.relativeModuleId}: ${firstLines(errorsOutsideTests(module))}`)
  }
}

const errorsOutsideTests = (module: TestModule) => [
  ...module.errors(),
  ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
]

/** Of each error what tells it from others; the whole, with its place, is in the default reporter's part. */
const firstLines = (errors: readonly { message: string }[] | undefined) =>
  errors?.map(({ message }) => message.split('\n').slice(0, 4).join(' ').slice(0, 500)).join(' | ') ?? ''
