import { globSync } from 'node:fs'
import { root } from '../root.ts'

/**
 * Files of the repository with one of these endings, as paths from the root, in order; nothing installed or measured.
 */
export function listFiles(...endings: string[]): string[] {
  return globSync('**/*', {
    cwd: root,
    exclude: (path) => NOT_OURS.some((part) => path.split('/').includes(part)),
  })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .toSorted()
}

const NOT_OURS = ['node_modules', '.git', '.data', '.turbo', 'results']
