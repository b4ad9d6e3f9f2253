import { toPrintable } from '@insights/runtime/to-printable'
import { runInsights } from './run-insights.ts'

// What reads the output may end first (`npm start | tee log`, a closed terminal): what was begun still ends well.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const complain = (line: string) => void process.stderr.write(`${toPrintable(line)}\n`)
process.exitCode = await runInsights(process.argv.slice(2), process.env, complain)
