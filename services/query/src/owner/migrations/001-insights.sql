-- One row per conversation: its newest analysis. Written by the projector alone, from `insights.produced`.
-- Times are whole milliseconds, as in the events, so that a cursor made of epoch milliseconds loses nothing.
create table insights (
  conversation_id    text collate "C" primary key,
  insight_id         uuid not null,
  sentiment_score    double precision not null,
  clusters           text[] not null,
  confidence         double precision not null,
  reasoning          text not null,
  model              text not null,
  prompt_version     text not null,
  created_at         timestamptz(3) not null,
  call_id            text not null,
  attempts           integer not null,
  truncated          boolean not null,
  prompt_tokens      bigint not null,
  cached_tokens      bigint not null,
  completion_tokens  bigint not null,
  reasoning_tokens   bigint not null,
  cost_usd_ticks     bigint not null,
  raw                text,
  -- The submission it answers; the newest one wins, by append time, then offset.
  origin_topic       text not null,
  origin_partition   integer not null,
  origin_offset      bigint not null,
  origin_appended_at timestamptz(3) not null,
  -- The insight's own record, which orders several answers to one submission.
  record_offset      bigint not null,
  record_appended_at timestamptz(3) not null
);

-- Serves the page (newest first, keyset on both columns) and counts a window by sentiment and confidence from the index alone.
create index insights_newest_first on insights (created_at desc, conversation_id desc) include (sentiment_score, confidence);

create index insights_by_cluster on insights using gin (clusters);

-- A null value in `insights.produced` erases a conversation. The mark stays, so that no replay brings the erased analysis back.
create table erasures (
  conversation_id text collate "C" primary key,
  erased_through  timestamptz(3) not null
);
