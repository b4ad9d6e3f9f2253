-- The projection of all four topics, and counts that are kept. This part is quick: it locks `insights` for a moment.
--
-- From here on the projector keeps all sums itself, in the transaction that writes the rows. A projector of the version
-- before would write insights that no sum knows of: it is refused with a state that it waits for (55000), and loses
-- nothing until it is replaced. Rows changed by hand are refused, too, unless the session says it is the projector.

-- At once, and in the order of that projector's most common statement: a transaction that has one of them and waits for
-- the other is in a deadlock with this.
lock table insights, erasures in access exclusive mode;

create function require_projector() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('insights.projector', true), '') <> '3' then
    raise exception using
      errcode = '55000',
      message = 'the tables are those of a newer projector: replace this one (nothing is lost, it waits)',
      hint = 'Rows changed by hand are missing in the sums: set insights.projector to 3, then run npm run verify.';
  end if;
  return null;
end $$;

create trigger projector_only before insert or update or delete on insights
  for each statement execute function require_projector();

drop trigger usage_added on insights;
drop trigger usage_replaced on insights;
drop trigger usage_replacing on insights;
drop trigger usage_erased on insights;
drop trigger usage_truncated on insights;
drop function count_usage();
drop function forget_usage();

alter table insights
  -- When people talked: the latest time among the messages, else when the conversation was received.
  add column occurred_at timestamptz(3),
  -- What it is counted and found by: 'model=…', 'cluster=…', 'source=…', 'metadata.KEY=…'.
  add column facets text[],
  -- Of the insight's own record; null where it was not kept yet.
  add column record_partition integer;

-- One row per conversation: its newest submission, and how far its analysis has come. A later event may be read first,
-- so what only the submission itself tells is null until it comes.
create table conversations (
  conversation_id     text collate "C" primary key,
  status              text not null check (status in ('queued', 'processing', 'completed', 'failed')),
  received_at         timestamptz(3) not null,
  started_at          timestamptz(3),
  finished_at         timestamptz(3),
  occurred_at         timestamptz(3) not null,
  attempts            integer not null,
  source              text,
  lane                text,
  submission_id       uuid,
  metadata            jsonb,
  messages            jsonb,
  -- What of it an insight is counted by: 'source=…', 'metadata.KEY=…'.
  facets              text[] not null,
  -- Where it was first (received_at is its time); the newest submission wins, by time, then offset.
  origin_topic        text not null,
  origin_partition    integer not null,
  origin_offset       bigint not null,
  -- Its own record, another one when it was published again.
  record_partition    integer,
  record_offset       bigint,
  record_appended_at  timestamptz(3),
  -- The newest call for it.
  started_attempt     integer,
  started_partition   integer,
  started_offset      bigint,
  started_appended_at timestamptz(3)
) with (fillfactor = 85);

-- Failures that nothing has resolved: one goes when the same or a newer submission of its conversation is answered, or
-- when that is erased.
create table failures (
  failure_id         uuid not null,
  -- Of the event, else the record's key where that is one; null when neither tells.
  conversation_id    text collate "C",
  class              text not null,
  problem_type       text not null,
  title              text not null,
  detail             text not null,
  attempts           integer not null,
  retryable          boolean not null,
  failed_at          timestamptz(3) not null,
  origin_topic       text not null,
  origin_partition   integer not null,
  origin_offset      bigint not null,
  origin_appended_at timestamptz(3) not null,
  original_key       bytea,
  original_value     bytea,
  -- [{"name": …, "value": base64 or null}]
  original_headers   jsonb not null,
  record_partition   integer not null,
  record_offset      bigint not null,
  record_appended_at timestamptz(3) not null,
  -- A header can claim the origin of another conversation's record, and its failure_id is made of that.
  unique nulls not distinct (conversation_id, failure_id)
);
create index failures_newest_first on failures (failed_at desc, failure_id desc);

-- The tombstone that marks it.
alter table erasures
  add column record_partition integer,
  add column record_offset bigint,
  add column record_appended_at timestamptz(3);

-- How many insights there are of each facet; '' is all of them.
create table facet_totals (
  facet    text collate "C" primary key,
  insights bigint not null
) with (fillfactor = 70);

-- Counts and sums of insights by hour and by day (UTC), of all of them (facet '') and of each facet that has at least
-- as many as ROLLUPS_FROM in the code; rarer ones are counted from their rows, so what rare values cost is bounded.
create table rollups (
  facet             text collate "C" not null,
  time              text collate "C" not null check (time in ('created_at', 'occurred_at')),
  level             text collate "C" not null check (level in ('hour', 'day')),
  start             timestamptz(3) not null,
  -- At class * 101 + percent + 1 (classes: 0 negative, 1 neutral, 2 positive; percent from 0 to 100): how many insights
  -- of the class have at least that confidence.
  counts            integer[] not null,
  -- By class: the sums of sentiment_score and of confidence, in millionths.
  sentiment_micros  bigint[] not null,
  confidence_micros bigint[] not null,
  primary key (facet, time, level, start)
  -- A row has 1.4 KB, too few for Postgres to compress it. Four are in a page, with space for the next version of one.
) with (fillfactor = 70);

create function add_arrays(integer[], integer[]) returns integer[]
  language sql immutable strict parallel safe
  return array(select one + other from unnest($1, $2) as pair(one, other));
create function add_arrays(bigint[], bigint[]) returns bigint[]
  language sql immutable strict parallel safe
  return array(select one + other from unnest($1, $2) as pair(one, other));

-- What the tables were made with. A projector with other facet keys does not write into them.
create table projection (
  id          boolean primary key default true check (id), -- there is one
  facet_keys  text[] not null,
  -- Whether facet_totals and rollups hold what `insights` says. False behind these migrations: the projector counts
  -- once, before it begins.
  counted     boolean not null
);
