/** Of a batch that waits for a slot: what goes again first, then live conversations, then the bulk lane. */
export type Urgency = 'again' | 'live' | 'bulk'
