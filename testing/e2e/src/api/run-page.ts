import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { format, resolveConfig } from 'prettier'

const run = promisify(execFile)

/** A command of a page and the answer that is printed under it. */
const EXAMPLE = /```sh\n(?<command>[\s\S]*?)```\n\n```(?<language>json|csv|text)\n(?<answer>[\s\S]*?)```/g

/**
 * The page once more, with the answers that its commands have now. What differs from run to run (`settle`) is made the
 * same before.
 */
export async function runPage(
  page: string,
  env: Record<string, string>,
  settle: Settle,
): Promise<{ page: string; commands: string[] }> {
  const commands: string[] = []
  let rest = 0
  let written = ''
  for (const match of page.matchAll(EXAMPLE)) {
    const { command = '', language = '' } = match.groups ?? {}
    commands.push(command)
    const { stdout } = await run('bash', ['--norc', '-c', command], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
    })
    const answer = language === 'json' ? await asJson(stdout, settle) : asText(stdout, settle)
    written += `${page.slice(rest, match.index)}\`\`\`sh\n${command}\`\`\`\n\n\`\`\`${language}\n${answer}\`\`\``
    rest = match.index + match[0].length
  }
  return { page: written + page.slice(rest), commands }
}

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g

type Settle = (value: unknown, name: string) => unknown

async function asJson(text: string, settle: Settle): Promise<string> {
  const value: unknown = JSON.parse(text, (name, member: unknown) => settle(member, name))
  return format(JSON.stringify(value), { ...(await resolveConfig('docs/querying.md')), parser: 'json' })
}

const asText = (text: string, settle: Settle): string =>
  `${text.replaceAll('\r\n', '\n').trim()}\n`
    .replaceAll(/^id: .+$/gm, 'id: WzEsWzQzXV0')
    .replaceAll(INSTANT, (time) => String(settle(time, 'time')))
