-- Checked before, so that the table is locked for a moment only.
alter table insights
  add constraint occurred_known check (occurred_at is not null) not valid,
  add constraint facets_known check (facets is not null) not valid,
  add constraint partition_known check (record_partition is not null) not valid;
