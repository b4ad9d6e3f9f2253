import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { findUnclearText } from './find-unclear-text.ts'
import { root } from '../root.ts'
import { listFiles } from './list-files.ts'

/** Texts of the repository that are unclear, as `file:line: what is wrong`. */
export function checkWords(): string[] {
  return listFiles('.ts', '.mjs', '.sql', '.md')
    .filter((path) => !EXEMPT.some((start) => path.startsWith(start)))
    .flatMap((path) =>
      findUnclearText(path, readFileSync(resolve(root, path), 'utf8')).map(
        ({ line, fault }) => `${path}:${line}: ${fault}`,
      ),
    )
}

const EXEMPT = [
  // What customers and agents write in samples, and the words that recognise it.
  'infra/sample-conversations/src/',
  'infra/grok-simulator/src/answers/topic-keywords.ts',
  // What the labels of the evaluation stand for.
  'testing/eval/data/README.md',
  // What the model is told, word for word as it was measured, and what attackers write.
  'services/analyzer/src/question/system-prompt.ts',
  'services/analyzer/src/question/make-canaries.ts',
  'services/analyzer/src/text/injection/injection-phrases.ts',
  // Databases hold the checksums of migrations that were applied: they are never edited.
  'services/query/src/owner/migrations/001-insights.sql',
  'services/query/src/owner/migrations/002-usage.sql',
]
