// Ends a run with what failed, a line each, and one line `N passed, N failed`, summed over the projects; each failed step of
// .ci/run counts as a failure.
import { existsSync, readFileSync } from 'node:fs'

const [, , file, ...failedSteps] = process.argv
const counts = existsSync(file) ? Object.values(JSON.parse(readFileSync(file, 'utf8'))) : []
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0) + failedSteps.length
const failures = [...failedSteps.map((step) => `step ${step}`), ...counts.flatMap((count) => count.failures)]
for (const failure of failures) console.log(`FAILED ${failure}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
