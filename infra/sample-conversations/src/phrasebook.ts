export type Mood = 'positive' | 'neutral' | 'negative' | 'mixed'
/** The mood of a single message. */
export type Tone = 'positive' | 'neutral' | 'negative'
export type Language = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'ja'

export const topics = [
  'billing',
  'refund',
  'delivery',
  'login',
  'bug',
  'outage',
  'cancellation',
  'returns',
  'product_quality',
  'pricing',
  'subscription',
  'security',
  'privacy',
  'integration',
  'how_to',
  'feature_request',
  'support_experience',
  'praise',
] as const
export type Topic = (typeof topics)[number]

/**
 * What customers say about a topic. Every line is a template: `[a|b|]` is one of the alternatives (they nest), `{slot}`
 * a value that stays the same through one conversation.
 */
export interface TopicPhrases {
  /** Asked or reported without temper. */
  ask: string[]
  /** Said crossly, and what the agent does about just that; without it, one of the book's `remedies`. */
  problems: [complaint: string, fix?: string][]
  /** Said by a customer who is pleased. */
  delight: string[]
}

/** Everything needed to hold a conversation in one language. */
export interface Phrasebook {
  greetings: string[]
  signatures: string[]
  topics: Partial<Record<Topic, TopicPhrases>>
  vents: string[]
  sarcasm: string[]
  agentGreetings: string[]
  /** Leads from what pleases to what does not. */
  however: string[]
  /** Leads from praise to a question. */
  asides: string[]
  /** The agent on a question, on a complaint, on praise. */
  answers: string[]
  remedies: string[]
  acknowledgements: string[]
  inquiries: [question: string, answer: string][]
  /** The middle of long threads: the agent, and the customer with patience or without. */
  updates: [agent: string, patient: string, cross: string][]
  reactions: Record<Tone, string[]>
  agentClosings: string[]
  farewells: Record<Tone, string[]>
  slots: Record<string, string[]>
  emoji: Record<Tone, string[]>
}
