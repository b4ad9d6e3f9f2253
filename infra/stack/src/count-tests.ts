import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

interface Count {
  passed: number
  failed: number
  skipped: number
}

/**
 * A vitest reporter that says how many tests ran in each project, which the default one does not. The counts also go to the
 * file that `TEST_COUNTS_FILE` names, as `{ "<project>": { passed, failed, skipped } }`, for who sums them up.
 */
export function countTests(env: NodeJS.ProcessEnv): Reporter {
  return {
    onTestRunEnd: (modules, unhandledErrors) => {
      const counts: Record<string, Count> = {}
      for (const module of modules) add((counts[module.project.name] ??= { passed: 0, failed: 0, skipped: 0 }), module)
      for (const [project, { passed, failed, skipped }] of Object.entries(counts))
        console.log(`${project}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
      if (unhandledErrors.length > 0) counts.unhandled = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
      if (env.TEST_COUNTS_FILE) writeFileSync(env.TEST_COUNTS_FILE, JSON.stringify(counts))
    },
  }
}

function add(count: Count, module: TestModule): void {
  const tests = [...module.children.allTests()]
  for (const test of tests) {
    const { state } = test.result()
    if (state === 'passed') count.passed++
    else if (state === 'skipped') count.skipped++
    else count.failed++
  }
  // A file or a hook that fails has run none of its tests: that must not count as zero faults.
  if (!module.ok() && tests.every((test) => test.result().state !== 'failed')) count.failed++
}
