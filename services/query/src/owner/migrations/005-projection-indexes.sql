-- Keeps writers waiting, and no reader.
create index insights_newest_occurred on insights (occurred_at desc, conversation_id desc) include (sentiment_score, confidence);
create index insights_by_facet on insights using gin (facets);
