const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Each begins a line of its own. */
export const LINES = names(`
  address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
  footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre
  section summary table tbody tfoot thead tr ul xmp
`)

/** What stands in them is no text of the page. */
export const WITHOUT_TEXT = names('script style title template iframe noembed noframes object')

/** They hold nothing. */
export const VOID = names('area base basefont bgsound br col embed frame hr img input link meta param source track wbr')

const INLINE = names(`
  a abbr acronym applet audio b bdi bdo big blink button canvas cite code colgroup data datalist del dfn em font
  head i ins kbd label map mark marquee meter nobr noscript output picture progress q rp rt ruby s samp select slot
  small span strike strong sub sup svg td textarea th time tt u var video
`)

/**
 * Elements of HTML, also those of its past, which mails still use. What else looks like a tag is someone's text:
 * `<jane@example.com>`, `List<String>`.
 */
export const isElement = (name: string): boolean =>
  LINES.has(name) || INLINE.has(name) || VOID.has(name) || WITHOUT_TEXT.has(name) || NAMED_BY_AUTHOR.test(name)

/** Of another namespace, or an author's own: `o:p`, `my-tag`. */
const NAMED_BY_AUTHOR = /^[a-z]\w{0,30}[:-][\w:-]{1,30}$/
