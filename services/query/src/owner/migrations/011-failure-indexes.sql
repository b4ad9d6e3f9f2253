-- Pages of failures by each filter (by two, from the index alone), one by its id, and how many there are of each class
-- and problem. Writers wait, readers do not.
create index failures_by_id on failures (failure_id, failed_at desc);
create index failures_by_class on failures (class, failed_at desc, failure_id desc) include (retryable, conversation_id);
create index failures_by_retryable on failures (retryable, failed_at desc, failure_id desc) include (conversation_id);
-- A problem type can be longer than what an index takes; all of ours are short.
create index failures_by_problem on failures (problem_type, failed_at desc, failure_id desc) include (class, retryable, conversation_id)
  where octet_length(problem_type) <= 1000;
create index failures_of_long_problem_types on failures (failed_at desc) where octet_length(problem_type) > 1000;
