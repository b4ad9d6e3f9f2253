import { posix } from 'node:path'

/** The Markdown files of the repository by their paths from the root, and whether any file or folder is there. */
export interface Repository {
  documents: ReadonlyMap<string, string>
  exists: (path: string) => boolean
}

/** Links of the documents to files, folders and headings that do not exist, as `document: target`. */
export function findBrokenLinks({ documents, exists }: Repository): string[] {
  return [...documents].flatMap(([document, text]) =>
    linksIn(text)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#')
        const path = file === '' ? document : posix.join(posix.dirname(document), file)
        if (!exists(path)) return true
        const pointedTo = documents.get(path)
        return anchor !== undefined && (pointedTo === undefined || !anchorsIn(pointedTo).has(anchor))
      })
      .map((target) => `${document}: ${target}`),
  )
}

/** The names of source files between backquotes that do not exist, as `document: name`: a path, or the end of one. */
export function findMissingFiles({ documents, exists }: Repository, files: readonly string[]): string[] {
  return [...documents].flatMap(([document, text]) =>
    [...withoutFences(text).matchAll(/`([\w./-]+\.(?:ts|mjs|sql|avsc))`/g)].flatMap(([, name = '']) => {
      const isThere =
        exists(posix.join(posix.dirname(document), name)) || files.some((path) => `/${path}`.endsWith(`/${name}`))
      return isThere ? [] : [`${document}: ${name}`]
    }),
  )
}

const linksIn = (text: string): string[] =>
  [...withoutFences(text).matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, target = '']) => target)

/** As GitHub makes them of headings. */
function anchorsIn(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutFences(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading.replaceAll(/\]\([^)]*\)/g, '').toLowerCase()
    const anchor = plain
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-')
    let name = anchor
    for (let again = 1; anchors.has(name); again++) name = `${anchor}-${again}`
    anchors.add(name)
  }
  return anchors
}

const withoutFences = (text: string): string => text.replaceAll(/^( *)```[^]*?^\1```/gm, '')
