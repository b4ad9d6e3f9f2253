-- Finds insights whose confidence is no whole percent: of a threshold between two percents the rollups know all that
-- have at least the next one, and these are counted beside. Few models give such confidences. Keeps writers waiting.
create index insights_odd_confidence on insights (confidence) include (sentiment_score, created_at, occurred_at)
  where confidence <> round(confidence * 100) / 100;
