/** Newest submission first: the order that decides between two of a conversation. */
const age = (time: string, table: string) =>
  `(${table}.${time}, ${table}.origin_offset, ${table}.origin_partition, ${table}.origin_topic collate "C")`
const insightAge = age('origin_appended_at', 'insights')

/** What must not be, as SQL that gives each case of it in words. */
export const misfits = [
  // A conversation's row is of its newest submission, and an insight tells of one.
  `select 'insights: ' || insights.conversation_id || ' has no row in conversations' as fault
     from insights left join conversations using (conversation_id) where conversations.conversation_id is null`,
  `select 'conversations: ' || insights.conversation_id || ' is older than its insight'
     from insights join conversations using (conversation_id)
    where ${age('received_at', 'conversations')} < ${insightAge}`,
  `select 'failures: ' || failure_id || ' of ' || failures.conversation_id || ' stands beside an insight that resolves it'
     from failures join insights using (conversation_id)
    where ${age('origin_appended_at', 'failures')} <= ${insightAge}`,
  `select 'insights: ' || conversation_id || ' is truncated or not, and its facets say otherwise'
     from insights where truncated is distinct from (facets @> array['truncated=true'])`,
  ...[
    ['insights', 'origin_appended_at'],
    ['conversations', 'received_at'],
    ['failures', 'origin_appended_at'],
  ].map(
    ([table, time]) =>
      `select '${table}: ' || ${table}.conversation_id || ' was erased, and stands there from before it'
         from ${table} join erasures using (conversation_id) where ${table}.${time} <= erasures.erased_through`,
  ),
  // The words of an erased conversation must not outlive it.
  `select 'insight_words: ' || insight_words.conversation_id || ' has no insight'
     from insight_words left join insights using (conversation_id) where insights.conversation_id is null`,
  `select 'insights: ' || insights.conversation_id || ' is not found by its words'
     from insights left join insight_words using (conversation_id)
    where insight_words.conversation_id is null and exists (select from projection where searchable)`,
]
