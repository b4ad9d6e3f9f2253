import { runInsights } from './run-insights.ts'

process.exitCode = await runInsights(process.argv.slice(2), (line) => void process.stderr.write(`${line}\n`))
