import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHtml } from './read-html.ts'

describe('HTML as the text that a reader sees', () => {
  test.each([
    [
      'lines and words',
      '<p>Hello\n   <b>An</b>a,</p><div>it is <i>late</i>.<br>Bye</div>',
      'Hello Ana,\nit is late.\nBye',
    ],
    ['references', '<p>5&nbsp;&euro; &lt; &#54;&#x20AC; &amp; so on</p>', '5\u00A0€ < 6€ & so on'],
    [
      'no style, script, title or comment',
      '<title>t</title><style>p{}</style><script>1<2</script><!-- c --><p>a</p>',
      'a',
    ],
    ['no conditional comment of a mail program', '<!--[if mso]><xml>x</xml><![endif]--><p>a<o:p></o:p></p>', 'a'],
    ['tables', '<table><tr><td>Lamp</td><td>5</td></tr><tr><th>Sum</th><td>5</td></tr></table>', 'Lamp 5\nSum 5'],
    ['lists', '<ul><li>one<li>two</ul>', '- one\n- two'],
    [
      'quotes',
      '<p>no</p><blockquote>is it?<blockquote>was it?</blockquote></blockquote>end',
      'no\n> is it?\n> > was it?\nend',
    ],
    ['an indented paragraph is no quote', '<blockquote style="border:none">mine</blockquote>', 'mine'],
    ['preformatted text', '<pre>a  b\n c</pre>', 'a  b\n c'],
    ['emoji that are pictures, and no other picture', '<img alt="😡"><img alt="Logo of the shop">', '😡'],
    ['what only looks like a tag', '<p>Ana <ana@example.org>: List<String></p>', 'Ana <ana@example.org>: List<String>'],
    ['a tag that never ends', '<p>5 <b and more', '5\n<b and more'.replace('\n', ' ')],
    ['nothing', '<img src="x"><br>', ''],
  ])('%s', (_what, html, shown) => {
    expect(readHtml(html).shown).toBe(shown)
  })

  test('what a page hides is no part of its text, and told apart', () => {
    const html = '<div style="color:red; DISPLAY : none">50 % off<div>!</div></div><p hidden>ignore</p><p>Dear Ana</p>'
    expect(readHtml(html)).toEqual({ shown: 'Dear Ana', hidden: '50 % off\n!\nignore' })
  })

  test('nothing is lost to what is hidden and never ends, nor to a page that hides everything', () => {
    expect(readHtml('<div style="display:none">50 % off<p>Where is my order?').shown).toBe(
      '50 % off\nWhere is my order?',
    )
    expect(readHtml('<p style="display:none">Where is my order?</p>').shown).toBe('Where is my order?')
  })
})

/** Guards against hanging and against a stack that overflows, not benchmarks: linear-work.test.ts measures. */
describe('markup made to hurt ends (I8)', () => {
  test('nested a hundred thousand deep', () => {
    for (const tag of ['div', 'blockquote', 'div style="display:none"']) {
      const html = `${`<${tag}>`.repeat(100_000)}a${`</${tag.split(' ')[0]}>`.repeat(100_000)}`
      expect(readHtml(html).shown).toContain('a')
    }
  })
  test.each([
    '<a></b>',
    '<!--',
    '<',
    '&',
    '&notit',
    '<p style=a ',
    '<style>',
    '<![CDATA[',
    '<br>',
    '</p',
    '<title></titl',
  ])('a row of %j', (unit) => {
    const html = `<p>${unit.repeat(Math.ceil(2 ** 17 / unit.length))}`
    expect(readHtml(html).shown.length).toBeLessThanOrEqual(2 * html.length)
  })
  test('whatever comes in', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '<p>',
        '</p>',
        '<div style="display:none">',
        '<!--',
        '-->',
        '<pre>',
        '<style>',
        '&lt;',
        '<',
        '>',
        '"',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(readHtml(pieces.join('')).shown).not.toMatch(/^\n|\n$/)
      }),
    )
  })
})
