-- What GET /api/v1/insights/stream reads on by: of one partition, rows become visible in the order of their offsets.
-- Keeps writers waiting, and no reader.
create index insights_by_place on insights (record_partition, record_offset);
