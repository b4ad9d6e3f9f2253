import { dressText, type Habits } from './dress-text.ts'
import { expandTemplate } from './expand-template.ts'
import type { Mood, Phrasebook, Tone, TopicPhrases } from './phrasebook.ts'
import { dealFrom, type Random } from './seeded-random.ts'

export interface Turn {
  by: 'customer' | 'agent'
  text: string
}

export interface Plan {
  book: Phrasebook
  topic: TopicPhrases
  /** Comes up in passing. */
  second: TopicPhrases | undefined
  mood: Mood
  turns: number
  slots: Record<string, string>
  habits: Habits
}

/**
 * Writes exactly `plan.turns` turns. What comes is always the same line of events, cut or stretched to the length: the
 * opening, a question and its answer, updates as many as needed, the solution, a reaction, goodbyes. Praise is thanked
 * for first and asks something after. A mixed mood begins badly and ends well; where there is no end, it says both at once.
 */
export function writeDialogue(plan: Plan, random: Random): Turn[] {
  const { book, mood, turns, slots, habits } = plan
  const fill = (template: string) => expandTemplate(template, slots, random)
  const oneOf = (templates: string[]) => fill(random.pick(templates))
  const maybe = (share: number, write: () => string) => (random.chance(share) ? write() : '')

  const first: Tone = mood === 'mixed' ? 'negative' : mood
  const last: Tone = mood === 'mixed' ? 'positive' : mood
  const customer = (text: string, tone: Tone): Turn => ({
    by: 'customer',
    text: dressText(text, habits, tone, book, random),
  })
  const agent = (text: string): Turn => ({ by: 'agent', text })

  // Cut there, the customer has no say after the solution.
  const endsEarly = turns < 3 || turns === 4
  const [complaint, fix] = random.pick(plan.topic.problems)
  const solution = first === 'negative' ? fill(fix ?? random.pick(book.remedies)) : oneOf(book.answers)
  const aboutSecond = plan.second ? fill(aboutTopic(plan.second, mood, random)) : ''
  const vent = (share: number) => (mood === 'negative' ? maybe(share, () => oneOf(book.vents)) : '')

  const matter = {
    positive: () => oneOf(plan.topic.delight),
    neutral: () => oneOf(plan.topic.ask),
    negative: () => join([maybe(0.15, () => oneOf(book.sarcasm)), fill(complaint)]),
    mixed: () =>
      endsEarly ? join([oneOf(plan.topic.delight), oneOf(book.however), fill(complaint)]) : fill(complaint),
  }
  const open = () =>
    customer(
      join([
        greet(oneOf(book.greetings), random),
        matter[mood](),
        vent(turns === 1 ? 0.8 : 0.3),
        // A letter has to say everything at once.
        turns < 4 ? aboutSecond : '',
        turns === 1 ? maybe(0.5, () => fill(random.pick(book.inquiries)[1])) : '',
        habits.signs ? oneOf(book.signatures) : '',
      ]),
      first,
    )
  const close = () => agent(oneOf(book.agentClosings))
  const farewell = () => customer(oneOf(book.farewells[last]), last)
  const react = () => customer(oneOf(book.reactions[last]), last)

  if (mood === 'positive') {
    const thanked = [open(), agent(oneOf(book.acknowledgements))]
    if (turns <= 3) return [...thanked, farewell()].slice(0, turns)
    const aside = customer(join([oneOf(book.asides), aboutSecond || oneOf(plan.topic.ask)]), 'neutral')
    const middle = writeUpdates(book, turns - 7, fill, random).map(([by, patient]) =>
      by === 'agent' ? agent(patient) : customer(patient, 'neutral'),
    )
    return [...thanked, aside, ...middle, agent(solution), react(), close(), farewell()].slice(0, turns)
  }

  const solved = agent(join([turns < 4 ? oneOf(book.agentGreetings) : '', solution]))
  if (turns <= 3) return [open(), solved, react()].slice(0, turns)
  const [question, answer] = random.pick(book.inquiries)
  const asked = [
    open(),
    agent(join([oneOf(book.agentGreetings), fill(question)])),
    customer(join([fill(answer), aboutSecond, vent(0.4)]), first),
  ]
  const middle = writeUpdates(book, turns - 7, fill, random).map(([by, patient, cross]) =>
    by === 'agent' ? agent(patient) : customer(first === 'negative' ? cross : patient, first),
  )
  return [...asked, ...middle, solved, react(), close(), farewell()].slice(0, turns)
}

/** `count` turns of agent and customer in turn; an odd last one is the agent's, who then has the solution at once. */
function writeUpdates(book: Phrasebook, count: number, fill: (template: string) => string, random: Random) {
  const deal = dealFrom(book.updates, random)
  const turns: [by: Turn['by'], patient: string, cross: string][] = []
  while (turns.length < count) {
    const [update, patient, cross] = deal()
    const said = fill(update)
    turns.push(['agent', said, said], ['customer', fill(patient), fill(cross)])
  }
  return turns.slice(0, Math.max(0, count))
}

function aboutTopic(topic: TopicPhrases, mood: Mood, random: Random): string {
  if (mood === 'neutral' || mood === 'positive') return random.pick(topic.ask)
  return random.pick(topic.problems)[0]
}

function greet(greeting: string, random: Random): string {
  return /\p{L}$/u.test(greeting) ? greeting + random.pick(['!', '.', ' -']) : greeting
}

function join(parts: string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}
