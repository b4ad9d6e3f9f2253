-- Tokens and cost of the insights that are kept, by day (UTC, of created_at) and model.
--
-- Kept, not spent: the figures are a function of `insights`, and converge because it does (I7). A replay counts nothing twice, a
-- newer submission's figures take the place of the older one's, and an erasure takes them away. What was paid for an analysis
-- that was replaced or erased cannot be kept here: `insights.produced` is compacted, so tables rebuilt from it would not know
-- of it and would differ from those that were not. All that was spent, also on calls that gave nothing, the analyzer's metrics tell.
--
-- Triggers do the sums, so that they are right whoever writes: a projector of the version before, which runs on while this is
-- rolled out, or somebody who repairs rows by hand. They cost the projector no round trip.

-- The sums in parts, one for each partition of the topic: otherwise transactions that write at once would wait for each other
-- at the row of today, or lock the rows of two days in opposite orders. Only the sum of the parts means something: an insight
-- may be added to one and taken from another.
create table usage_parts (
  day               date not null,
  model             text collate "C" not null,
  -- -1: the writer has not said which (`set_config('insights.partition', …)`).
  partition         integer not null,
  insights          bigint not null,
  prompt_tokens     bigint not null,
  cached_tokens     bigint not null,
  completion_tokens bigint not null,
  reasoning_tokens  bigint not null,
  -- Not a bigint: a thousand of the largest costs that an event can tell would overflow it and stop the projector for good.
  cost_usd_ticks    numeric not null,
  primary key (day, model, partition)
);

create view usage_by_day as
  select day,
         model,
         sum(insights)::bigint          as insights,
         sum(prompt_tokens)::bigint     as prompt_tokens,
         sum(cached_tokens)::bigint     as cached_tokens,
         sum(completion_tokens)::bigint as completion_tokens,
         sum(reasoning_tokens)::bigint  as reasoning_tokens,
         sum(cost_usd_ticks)            as cost_usd_ticks
    from usage_parts
   group by day, model
  having sum(insights) > 0;

-- Adds the rows of the transition table `changed` to the sums, or takes them away: the argument is 1 or -1.
create function count_usage() returns trigger language plpgsql as $$
declare
  sign constant integer := tg_argv[0];
  writer constant integer := coalesce(nullif(current_setting('insights.partition', true), ''), '-1');
begin
  insert into usage_parts as known
  -- An index entry holds 2704 bytes at most, and nothing bounds the name a provider gives its model.
  select (created_at at time zone 'UTC')::date, left(model, 200), writer, sign * count(*), sign * sum(prompt_tokens),
         sign * sum(cached_tokens), sign * sum(completion_tokens), sign * sum(reasoning_tokens), sign * sum(cost_usd_ticks)
    from changed
   group by 1, 2
   order by 1, 2
  on conflict (day, model, partition) do update
     set insights = known.insights + excluded.insights,
         prompt_tokens = known.prompt_tokens + excluded.prompt_tokens,
         cached_tokens = known.cached_tokens + excluded.cached_tokens,
         completion_tokens = known.completion_tokens + excluded.completion_tokens,
         reasoning_tokens = known.reasoning_tokens + excluded.reasoning_tokens,
         cost_usd_ticks = known.cost_usd_ticks + excluded.cost_usd_ticks;
  return null;
end $$;

create function forget_usage() returns trigger language plpgsql as $$
begin
  truncate usage_parts;
  return null;
end $$;

-- From here to the commit writers wait, and readers do not: every insight is either in the backfill or seen by a trigger.
lock table insights in share row exclusive mode;

create trigger usage_added after insert on insights
  referencing new table as changed for each statement execute function count_usage('1');
create trigger usage_replaced after update on insights
  referencing old table as changed for each statement execute function count_usage('-1');
create trigger usage_replacing after update on insights
  referencing new table as changed for each statement execute function count_usage('1');
create trigger usage_erased after delete on insights
  referencing old table as changed for each statement execute function count_usage('-1');
create trigger usage_truncated after truncate on insights
  for each statement execute function forget_usage();

insert into usage_parts
select (created_at at time zone 'UTC')::date, left(model, 200), -1, count(*), sum(prompt_tokens), sum(cached_tokens),
       sum(completion_tokens), sum(reasoning_tokens), sum(cost_usd_ticks)
  from insights
 group by 1, 2;
