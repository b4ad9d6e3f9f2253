-- Quick but for the indexes, which keep writers waiting, and no reader.
create index insights_newest_occurred on insights (occurred_at desc, conversation_id desc) include (sentiment_score, confidence);
create index insights_by_facet on insights using gin (facets) with (gin_pending_list_limit = 1024);

drop view usage_by_day;
-- Tokens and cost of the insights that are kept, by day (UTC, of created_at) and model: kept, not spent (see 002).
create table usage_by_day (
  day               date not null,
  model             text collate "C" not null,
  insights          bigint not null,
  prompt_tokens     bigint not null,
  cached_tokens     bigint not null,
  completion_tokens bigint not null,
  reasoning_tokens  bigint not null,
  cost_usd_ticks    numeric not null,
  primary key (day, model)
) with (fillfactor = 70);
insert into usage_by_day
select day, model, sum(insights), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(reasoning_tokens),
       sum(cost_usd_ticks)
  from usage_parts group by day, model having sum(insights) > 0;
drop table usage_parts;
