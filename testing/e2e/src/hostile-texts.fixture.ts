/** A text of any length, the same each time. */
export interface HostileText {
  name: string
  /** Exactly so many UTF-16 units: half a piece may stand at the end. */
  ofLength(length: number): string
}

/**
 * What the texts are made of: one of each class of characters that some step treats on its own, and words, marks and
 * forms of numbers that a step looks for. A new rule gets its own piece here.
 */
const PIECES: Record<string, readonly string[]> = {
  letters: [
    'a',
    'A',
    'é',
    'K',
    'ﬁ',
    'İ',
    'ｆ',
    'и',
    'α',
    'ا',
    'א',
    'क',
    'ก',
    '中',
    'か',
    'ﾊ',
    '가',
    '\u1100',
    '\u1161',
    '\u11A8',
  ],
  expanding: ['\uFDFA', 'ΐ', '㌀', '½', '\u0E33', '\u1E9E'],
  digits: ['1', '0', '٣', '１', '²'],
  space: [' ', '\n', '\t', '\r', '\u2028', '\u00A0', '\u3000', '\0', '\x7F'],
  punctuation: [...'"\'\\{}[]()<>/@.,:;-_+#%=&|!$*~^`?', '–', '…', '€', '。'],
  marks: [
    '\u0301',
    '\u0323',
    '\u0334',
    '\u0345',
    '\u3099',
    '\uFF9E',
    '\u05B0',
    '\u064B',
    '\u094D',
    '\u093F',
    '\u0E31',
    '\u20DD',
    '\u0344',
  ],
  invisible: ['\u200B', '\u200D', '\u2060', '\uFEFF', '\u00AD', '\u034F', '\u200F', '\u3164', '\uFFF9', '\u{1D173}'],
  direction: ['\u202D', '\u202E', '\u202C', '\u2066', '\u2068', '\u2069'],
  emoji: ['😀', '\u{1F3F4}', '\u{E0061}', '\u{E007F}', '\uFE0F', '\u{E0100}', '\uD800', '\uDC00'],
  roles: ['human: ', 'assistant: ', 'system', '<|', '</items>', '<system ', '"role"', 'end of ', '### '],
  instructions: [
    'ignore ',
    'all ',
    'previous ',
    'and ',
    'record ',
    'conversation ',
    'you are ',
    'sentiment',
    'score ',
    'minus ',
    'to ',
  ],
  foreign: ['игнорируй ', '所有', '对话', 'bütün ', 'konuşma', 'دستور'],
  encoded: ['%61', '&#97;', '\\x61', '61 ', 'aWdu', '&#x'],
  answers: ['{}', '{"a":', '"results":[', '{"results":[', '"conversation_id" ', '"conversation_id":"a",', '\\"'],
  addresses: ['a@b.co ', '@b', '[at]', 'git@', '"@', 'xn--'],
  numbers: [
    '12 ',
    '123-',
    '4111 1111 ',
    '0171 ',
    '+49 ',
    '(020) ',
    '00',
    'DE89 ',
    'A1',
    '#12345',
    '555-1234 ',
    '1,',
    '2.',
    '1e9',
  ],
  orders: ['order ', 'number ', 'is ', 'no. ', 'ORD-2024-', 'customer ', 'my ', 'tel ', 'call ', 'Nr', '电话'],
  times: ['2026-01-02T03:04:05', '.5', 'Z', '+02:00'],
  markup: ['<p>', '</b>', '<b style="', '<br>', '<!--', '<style>', '<blockquote>', '<pre>', '<html>', '&amp'],
  mails: ['> ', 'On 1 ', 'wrote:\n', 'From: a\n', '--\n'],
  headers: ['Bearer ', '00-', 'a;b=', 'retry'],
}

const pieces: readonly string[] = Object.values(PIECES).flat()

/** What a text is made of is repeated until it is long enough. */
const fill = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)

const show = (piece: string): string =>
  JSON.stringify(piece).replace(/[^ -~]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)

type Shape = (a: string, b: string, length: number) => string
const SHAPES: Record<string, Shape> = {
  // What a scan begins at each of many places and loses at the end.
  'a…b': (a, b, length) => fill(a, length - b.length) + b,
  'a…b…': (a, b, length) => fill(a, length >> 1) + fill(b, length - (length >> 1)),
  'abab…': (a, b, length) => fill(a + b, length),
  // Rows that end just before a bound, again and again.
  '(30 a, b)…': (a, b, length) => fill(a.repeat(30) + b, length),
}

function shaped(shape: string, make: Shape, a: string, b: string): HostileText {
  return { name: `${shape} of ${show(a)} and ${show(b)}`, ofLength: (length) => make(a, b, length) }
}

/** What broke before, and three pieces in a row. */
export const knownTexts: readonly HostileText[] = [
  { name: 'isolates and an Arabic letter', ofLength: (length) => `${'\u2066'.repeat(length - 1)}ا` },
  {
    name: 'a letter with two rows of marks',
    ofLength: (length) => `a${fill('\u0301', length >> 1)}${fill('\u0323', (length >> 1) - 1)}`,
  },
  { name: 'rows of thirty marks', ofLength: (length) => fill(`a${'\u0301'.repeat(15)}${'\u0323'.repeat(15)}`, length) },
  {
    name: 'marks that an invisible character holds apart',
    ofLength: (length) => fill(`${'\u0301'.repeat(14)}${'\u0323'.repeat(15)}\u034F`, length),
  },
  { name: 'spaces and {}', ofLength: (length) => fill(' ', length >> 1) + fill('{}', length >> 1) },
  {
    name: 'an array in the results that a brace closes',
    ofLength: (length) => fill(`{"results":[${'[}'.repeat(length)}`, length),
  },
  { name: 'a turn that ends in the middle', ofLength: (length) => fill(`human: ${' '.repeat(290)}`, length) },
  {
    name: 'encoded role markers',
    ofLength: (length) => fill(Buffer.from('human: hi\n'.repeat(length)).toString('base64'), length),
  },
  { name: 'international numbers', ofLength: (length) => fill('0012 ', length) },
  {
    name: 'words before each number',
    ofLength: (length) => fill('customer account order number is is is 123 ', length),
  },
  {
    name: 'orders to judge',
    ofLength: (length) => fill('record all record any conversation record every item ', length),
  },
]

/** Every piece before and after every other, in each shape. */
export const everyPair = (): HostileText[] =>
  pieces.flatMap((a) => pieces.flatMap((b) => Object.entries(SHAPES).map(([shape, make]) => shaped(shape, make, a, b))))
