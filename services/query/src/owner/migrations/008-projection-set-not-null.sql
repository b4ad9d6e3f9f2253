-- By the constraints that are valid now: no row is read.
alter table erasures
  alter column record_partition set not null, alter column record_offset set not null,
  alter column record_appended_at set not null;
alter table erasures drop constraint record_known;
alter table insights
  alter column occurred_at set not null, alter column facets set not null, alter column record_partition set not null;
alter table insights drop constraint occurred_known, drop constraint facets_known, drop constraint partition_known;
-- The clusters are among the facets.
drop index insights_by_cluster;
