import { Tokenizer } from 'htmlparser2'
import { isElement, LINES, VOID, WITHOUT_TEXT } from './html-elements.ts'
import { writeLines } from './write-lines.ts'

/** What a reader of a page sees, and what it holds but does not show (`display: none`). */
export interface PageText {
  shown: string
  hidden: string
}

/**
 * The text of HTML as lines, with `> ` before quoted ones. Reads token by token and keeps no tree: the time grows with
 * the text, and no nesting is too deep. Where markup is broken, a sentence too much is better than one too few: what is
 * hidden and never ends is shown.
 */
export function readHtml(html: string): PageText {
  const shown = writeLines()
  let hidden = writeLines()
  const allHidden: string[] = []
  let quoting = 0
  /** The element in which everything is hidden or no text, and how many of its name are open in it. */
  let closed: { name: string; open: number; isText: boolean } | null = null

  const tag = { start: 0, name: '', isOpen: false, attributes: new Map<string, string>() }
  let attribute = ''

  const out = () => (closed === null ? shown : hidden)
  const write = (text: string) => {
    if (closed === null || closed.isText) out().write(text)
  }

  function open(end: number, isClosed: boolean): void {
    tag.isOpen = false
    const { name, start, attributes } = tag
    if (!isElement(name)) return write(html.slice(start, end + 1))
    if (LINES.has(name) || name === 'br') out().breakLine()
    if (name === 'td' || name === 'th') out().space()
    if (name === 'li') write('- ')
    if (name === 'img') write(pictureOf(attributes.get('alt')))
    if (isClosed || VOID.has(name)) return
    if (closed !== null) {
      if (closed.name === name) closed.open++
      return
    }
    if (WITHOUT_TEXT.has(name)) closed = { name, open: 1, isText: false }
    else if (isHidden(attributes)) closed = { name, open: 1, isText: true }
    else if (name === 'blockquote') shown.quote((quoting += isIndent(attributes) ? 0 : 1))
    else if (name === 'pre') shown.keepSpace(true)
  }

  function close(name: string, start: number, end: number): void {
    if (!isElement(name)) return write(html.slice(start, end) + '>')
    if (LINES.has(name)) out().breakLine()
    if (closed !== null) {
      if (closed.name !== name || --closed.open > 0) return
      if (closed.isText) allHidden.push(hidden.end())
      hidden = writeLines()
      closed = null
    } else if (name === 'blockquote') shown.quote((quoting = Math.max(0, quoting - 1)))
    else if (name === 'pre') shown.keepSpace(false)
  }

  const tokenizer = new Tokenizer(
    { recognizeSelfClosing: true },
    {
      ontext: (start, end) => write(html.slice(start, end)),
      ontextentity: (point) => write(String.fromCodePoint(point)),
      oncdata: (start, end) => write(html.slice(start, end)),
      onopentagname: (start, end) => {
        tag.start = start - 1
        tag.name = html.slice(start, end).toLowerCase()
        tag.isOpen = true
        tag.attributes.clear()
      },
      onattribname: (start, end) => {
        const name = end - start > 6 ? '' : html.slice(start, end).toLowerCase()
        attribute = READ.has(name) ? name : ''
        if (attribute !== '') tag.attributes.set(attribute, '')
      },
      onattribdata: (start, end) => addValue(html.slice(start, end)),
      onattribentity: (point) => addValue(String.fromCodePoint(point)),
      onattribend: () => (attribute = ''),
      onopentagend: (end) => open(end, false),
      onselfclosingtag: (end) => open(end, true),
      onclosetag: (start, end) => close(html.slice(start, end).toLowerCase(), start - 2, end),
      oncomment: () => {},
      ondeclaration: () => {},
      onprocessinginstruction: () => {},
      onend: () => {},
    },
  )
  function addValue(text: string): void {
    if (attribute !== '') tag.attributes.set(attribute, (tag.attributes.get(attribute) ?? '') + text)
  }

  tokenizer.write(html)
  tokenizer.end()
  // A tag that never ends: `price <b and more` at the end of the text.
  if (tag.isOpen) write(html.slice(tag.start))
  const text = joinLines([shown.end(), hidden.end()])
  return text === '' ? { shown: joinLines(allHidden), hidden: '' } : { shown: text, hidden: joinLines(allHidden) }
}

const joinLines = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n')

/** Attributes that are looked at. */
const READ = new Set(['style', 'hidden', 'alt'])

const isHidden = (attributes: ReadonlyMap<string, string>): boolean =>
  attributes.has('hidden') || /display\s*:\s*none/i.test(attributes.get('style') ?? '')

/** What mail programs write for an indented paragraph. */
const isIndent = (attributes: ReadonlyMap<string, string>): boolean =>
  /border(?:-left)?\s*:\s*(?:none|0)/i.test(attributes.get('style') ?? '')

/** Mail programs send emoji as pictures; what else a picture shows is not said in words. */
const pictureOf = (alt: string | undefined): string =>
  alt !== undefined && alt.length <= 16 && /\p{Extended_Pictographic}/u.test(alt) ? alt : ''
