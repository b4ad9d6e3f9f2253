import { posix } from 'node:path'

export interface Workspace {
  name: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

/**
 * Packages that a file imports and its workspace does not declare, as `file: package`. The repository's node_modules
 * holds the packages of all workspaces together, so that only a test tells what an image would lack. What runs in a
 * checkout only may also take devDependencies, the root's included.
 *
 * @param workspaces by their folders, the root's is the empty string
 */
export function findUndeclaredImports(
  sources: ReadonlyMap<string, string>,
  workspaces: ReadonlyMap<string, Workspace>,
): string[] {
  const root = workspaces.get('')
  return [...sources].flatMap(([path, text]) => {
    const own = workspaces.get(folderOf(path, workspaces))
    const declared = new Set([own?.name, ...Object.keys(own?.dependencies ?? {})])
    if (own === root || inCheckoutOnly(path))
      for (const workspace of [own, root])
        for (const name of Object.keys(workspace?.devDependencies ?? {})) declared.add(name)
    return [...packagesIn(text)].filter((name) => !declared.has(name)).map((name) => `${path}: ${name}`)
  })
}

const inCheckoutOnly = (path: string): boolean =>
  /\.(?:test|fixture)\.(?:ts|mjs)$/.test(path) || IN_CHECKOUT_ONLY.test(path)

/** An image holds none of these, or does not run them. */
const IN_CHECKOUT_ONLY =
  /^(?:testing\/|infra\/stack\/|cli\/src\/docs\/|cli\/src\/(?:faults-of|commands\/(?:start|stack))\.ts)/

function folderOf(path: string, workspaces: ReadonlyMap<string, Workspace>): string {
  const folder = posix.dirname(path)
  if (folder === '.') return ''
  return workspaces.has(folder) ? folder : folderOf(folder, workspaces)
}

/** Of static imports, which begin a line, and of dynamic ones with a fixed name. */
const IMPORTS = /^(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^'$]+)'\)/gm

function packagesIn(text: string): Set<string> {
  const specifiers = [...text.matchAll(IMPORTS)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
  return new Set(specifiers.filter((specifier) => !/^(?:\.|node:)/.test(specifier)).map(packageOf))
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
