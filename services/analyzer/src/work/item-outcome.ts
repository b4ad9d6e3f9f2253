/** What became of a conversation in a call or before one, as it is counted; `again` means another call. */
export type ItemOutcome = 'accepted' | 'again' | 'failed' | 'unreadable' | 'unknown_alias' | 'repeated' | 'expired'
