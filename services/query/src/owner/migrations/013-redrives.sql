-- What POST /api/v1/redrives does and did. The API writes it. No topic tells of it, so a rebuild leaves it as it is.
create table redrives (
  id           uuid primary key,
  status       text not null check (status in ('running', 'completed', 'stopped', 'failed')),
  -- Why it was stopped or has failed.
  reason       text,
  filter       jsonb not null,
  dry_run      boolean not null,
  rate         double precision not null,
  -- The name of the API key; null without keys.
  requested_by text,
  counts       jsonb,
  estimate     jsonb,
  created_at   timestamptz(3) not null default now(),
  -- One that runs says every few seconds that it does.
  updated_at   timestamptz(3) not null default now(),
  finished_at  timestamptz(3)
);
create index redrives_newest_first on redrives (created_at desc, id desc);
-- One at a time, over all processes: two at once could publish the same records.
create unique index redrives_one_at_a_time on redrives (status) where status = 'running';
