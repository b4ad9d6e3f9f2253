-- Quick: it keeps readers out, for a moment only, and reads no row of a large table.

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

-- Checked by the next migration, beside readers.
alter table erasures
  add constraint record_known
    check (record_partition is not null and record_offset is not null and record_appended_at is not null) not valid;
alter table insights
  add constraint occurred_known check (occurred_at is not null) not valid,
  add constraint facets_known check (facets is not null) not valid,
  add constraint partition_known check (record_partition is not null) not valid;
