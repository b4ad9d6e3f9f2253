interface Ticket {
  conversation_id: string
  messages: { author_id: string; text: string; timestamp: string; inbound: boolean }[]
  metadata: { product: string; channel: string }
}

/** Two weeks of a small shop: the answers in docs/querying.md are about these. */
export const tickets: Ticket[] = [
  ticket(
    1001,
    '2025-11-04T09:12:00Z',
    'espresso',
    'email',
    'My parcel arrived on time and the machine is great. Thank you!',
  ),
  ticket(1002, '2025-11-05T10:40:00Z', 'grinder', 'chat', 'How do I clean the grinder?'),
  ticket(1003, '2025-11-06T15:03:00Z', 'kettle', 'email', 'The kettle was delivered late, and I am disappointed.'),
  ticket(1004, '2025-11-07T08:25:00Z', 'espresso', 'chat', 'Please send me the invoice of my order.'),
  ticket(
    1005,
    '2025-11-10T11:17:00Z',
    'espresso',
    'email',
    'The courier lost my parcel. This is terrible, I am very angry!',
  ),
  ticket(
    1006,
    '2025-11-11T13:52:00Z',
    'espresso',
    'chat',
    'The package arrived broken and no one helps me. Awful service.',
  ),
  ticket(
    1007,
    '2025-11-12T09:30:00Z',
    'espresso',
    'email',
    'You charged my credit card twice. This is awful, I am very angry!',
  ),
  ticket(1008, '2025-11-12T16:44:00Z', 'grinder', 'chat', 'The third delivery that comes too late. I hate this.'),
  ticket(1009, '2025-11-13T12:05:00Z', 'kettle', 'email', 'I love the new kettle, it is wonderful!'),
  ticket(
    1010,
    '2025-11-14T17:21:00Z',
    'grinder',
    'email',
    'The grinder is terrible and useless. I want my money back.',
  ),
  ticket(1011, '2025-11-15T10:10:00Z', 'kettle', 'chat', 'This one the model refuses to read. [sim:unsafe_content]'),
  ticket(1012, '2025-11-16T19:38:00Z', 'espresso', 'chat', 'When does the tracking link show where my parcel is?'),
]

function ticket(number: number, timestamp: string, product: string, channel: string, text: string): Ticket {
  const answered = new Date(Date.parse(timestamp) + 600_000).toISOString()
  return {
    conversation_id: `ticket-${number}`,
    messages: [
      { author_id: `c-${number}`, text, timestamp, inbound: true },
      { author_id: 'a-3', text: 'We will look at it today.', timestamp: answered, inbound: false },
    ],
    metadata: { product, channel },
  }
}
