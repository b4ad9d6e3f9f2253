import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../root.ts'

const read = (file: string) => readFileSync(resolve(root, file), 'utf8')

test('each dependency with an install script was decided about, and one that was not fails the install', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> }
  const withScripts = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? [path.replace(/^.*node_modules\//, '')] : [],
  )
  expect(Object.keys(allowScripts).toSorted()).toEqual([...new Set(withScripts)].toSorted())
  expect(read('.npmrc')).toMatch(/^strict-allow-scripts=true$/m)
})

interface LockedPackage {
  hasInstallScript?: boolean
}
