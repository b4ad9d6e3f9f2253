-- What RETENTION_DAYS looks for. New submissions are appended to both.
create index conversations_oldest_first on conversations (received_at);
create index insights_oldest_first on insights (origin_appended_at);
