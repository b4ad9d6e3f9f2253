-- By the constraints that are valid now: no row is read. The clusters are among the facets.
alter table insights
  alter column occurred_at set not null, alter column facets set not null, alter column record_partition set not null;
alter table insights drop constraint occurred_known, drop constraint facets_known, drop constraint partition_known;
alter table erasures
  alter column record_partition set not null, alter column record_offset set not null,
  alter column record_appended_at set not null;
drop index insights_by_cluster;
