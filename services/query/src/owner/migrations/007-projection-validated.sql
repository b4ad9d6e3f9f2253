-- Reads every row, beside readers and writers.
alter table erasures validate constraint record_known;
alter table insights
  validate constraint occurred_known, validate constraint facets_known, validate constraint partition_known;
