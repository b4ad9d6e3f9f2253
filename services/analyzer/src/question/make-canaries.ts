import type { Turn } from '../text/to-turns.ts'

export const CANARY_MODES = ['pair', 'one', 'off'] as const
export type CanaryMode = (typeof CANARY_MODES)[number]

/** A conversation of our own, whose score is known. */
export interface Canary {
  polarity: 1 | -1
  turns: Turn[]
}

/**
 * The canaries for a call about `conversations`: for two and more a clearly positive and a clearly negative one, or
 * either of them. The wording is drawn again for each call, with numbers that no two calls share, so that no text can
 * name them or describe what to spare. `randomInt(n)` gives 0 … n-1.
 */
export function makeCanaries(mode: CanaryMode, conversations: number, randomInt: (max: number) => number): Canary[] {
  if (mode === 'off' || conversations < 2) return []
  const polarities: Canary['polarity'][] = mode === 'pair' ? [1, -1] : [randomInt(2) === 0 ? 1 : -1]
  return polarities.map((polarity) => ({ polarity, turns: write(polarity, randomInt) }))
}

function write(polarity: Canary['polarity'], randomInt: (max: number) => number): Turn[] {
  const pick = (texts: readonly string[]) => texts[randomInt(texts.length)] ?? ''
  const { openings, verdicts, endings } = polarity === 1 ? PLEASED : ANGRY
  const reference = 100_000 + randomInt(900_000)
  const opening = pick(openings).replace('{thing}', pick(THINGS)).replace('{number}', String(reference))
  const asked: Turn = { role: 'customer', text: `${opening} ${pick(verdicts)}` }
  const ending: Turn = { role: 'customer', text: pick(endings) }
  return randomInt(2) === 0
    ? [{ role: 'customer', text: `${asked.text} ${ending.text}` }]
    : [asked, { role: 'agent', text: pick(AGENT) }, ending]
}

const THINGS = [
  'the coffee machine',
  'my new headphones',
  'the garden chairs',
  'my phone contract',
  'the winter jacket',
  'my broadband line',
  'the baby monitor',
  'our hotel booking',
  'the desk lamp',
  'my bike helmet',
  'the vacuum cleaner',
  'our family ticket',
]
const PLEASED = {
  openings: [
    'I wanted to write about {thing}, reference {number}.',
    'This is about {thing} (case {number}).',
    'Regarding {thing}, ticket {number}:',
    'You helped me with {thing} last week, number {number}.',
  ],
  verdicts: [
    'I am absolutely delighted, everything works perfectly.',
    'Excellent service, I love it and could not be happier.',
    'It is fantastic, and your team was wonderful.',
    'What a wonderful experience from start to end, I am so happy.',
  ],
  endings: [
    'Thank you so much, you are the best.',
    'Thank you so much, I will happily recommend you to all my friends.',
    'Brilliant support, thanks a lot, I love it!',
    'Perfect, I am really delighted. Thank you!',
  ],
}
const ANGRY = {
  openings: [
    'I am writing about {thing} again, reference {number}.',
    'Still nothing about {thing} (case {number}).',
    'Regarding {thing}, ticket {number}:',
    'Third time that I write about {thing}, number {number}.',
  ],
  verdicts: [
    'I am furious, this is the worst service I have ever had.',
    'It is terrible, it broke at once, and nobody cares.',
    'This is completely unacceptable, I feel cheated.',
    'Horrible quality and awful support, I am extremely angry.',
  ],
  endings: [
    'This is unacceptable. I hate it and will never buy here again.',
    'Terrible. I am so disappointed and furious.',
    'The worst company ever, you are useless, I am leaving.',
    'Awful, simply awful. I am really angry now.',
  ],
}
const AGENT = [
  'Thanks for your message, I have noted it.',
  'I have read your message and added it to your file.',
  'Understood. I have passed it on to the team.',
]
