import { expect, test } from 'vitest'
import { isHtml } from './is-html.ts'

test.each([
  ['a document', '<!DOCTYPE html>\n<html><head><title>x</title></head><body>Hello'],
  ['a document behind a line of a gateway', '[External]\n<html xmlns:v="urn:v">\n<body>Hello</body></html>\n'],
  ['markup from end to end', '<div dir="ltr">Hello <b>Ana</b></div>\n'],
  ['a lone paragraph', '<p>Where is my order?</p>'],
  ['a comment before it', '<!-- mail --><p>Hello</p>'],
  ['lines that are parted', 'Hello,<br><br>where is my order?<br />Ana'],
  ['a mail that was cut off', `<div>${'<p>Hello</p>'.repeat(20)}<p>and th`],
])('HTML: %s', (_what, text) => expect(isHtml(text)).toBe(true))

test.each([
  'a <- b',
  'x < y and y > z',
  'if (a<b && c>d) return',
  'I <3 this shop',
  '<3 <3 <3',
  '<- look at this ->',
  'List<String> names = new ArrayList<String>();',
  'Map<a, b> is not <a, b>',
  'cat < in.txt > out.txt',
  '<jane@example.com> wrote to me',
  'The <div> tag does not work',
  'Use <br> or <br /> instead of <p> and </p>',
  'What belongs into <html>, what into <body>?',
  '<html> is what I wrote first',
  'For bold letters I wrote <b>bold</b> and it shows the tags',
  'Code:\n```\n<div>\n  <p>Hello</p><br><br>\n</div>\n```',
  '<div>\n  <p>Hello</p>\n</div>\nWhy does it not show?',
  '<items><item>Lamp</item></items>',
  '<configuration><system.web><compilation debug="true" /></system.web></configuration>',
  'ok <!-- reviewer: <div style="display:none">x</div> -->',
  '',
])('no HTML: %j', (text) => expect(isHtml(text)).toBe(false))
