-- What `q` looks for: the words of each insight's reasoning and of its conversation's messages, as one document. A
-- table of its own, so that rows of insights stay short, and old ones are made searchable beside readers and writers.
-- In the order of the projector.
lock table conversations, insights in share row exclusive mode;

create table insight_words (
  conversation_id text collate "C" primary key,
  words           tsvector not null
);
create index insight_words_by_word on insight_words using gin (words);

alter table projection
  -- TEXT_SEARCH of the projector: whether what is written gets its row in insight_words.
  add column text_search boolean not null default false,
  -- Whether every insight has one, so that `q` may ask.
  add column searchable boolean not null default false;

-- Letters as they are compared, in documents and in `q`: without case and accents. Scripts that are written without
-- spaces become words of one letter, which a phrase of such letters finds.
create function letters_of(text) returns text language sql immutable parallel safe as $$
  select case when octet_length($1) = length($1) then lower($1) else lower(
    regexp_replace(
      regexp_replace(
        normalize(regexp_replace(normalize($1, NFKD), '[\u0300-\u036F]', '', 'g'), NFC),
        '[\u00A1\u00A7\u00AB\u00B7\u00BB\u00BF\u2010-\u2027\u2030-\u205E\u3001-\u3003\u3008-\u3011]+', ' ', 'g'),
      '([\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFF])',
      ' \1 ', 'g')) end
$$;

-- Of the first 100,000 characters: a tsvector has a megabyte at most, and one letter may cost nine bytes. Punctuation
-- is no part of a word: Postgres would take refund/return for the name of a file, and leave <refund> out as a tag. The
-- ligature, which letters_of never gives, keeps a phrase from beginning in one message and ending in the next.
create function words_of(reasoning text, messages jsonb) returns tsvector language sql immutable parallel safe as $$
  select ts_delete(to_tsvector('pg_catalog.simple', replace(
      regexp_replace(
        left(letters_of(left(concat_ws(chr(1), reasoning,
          (select string_agg(message->>'text', chr(1)) from jsonb_array_elements(messages) as message)), 100000)), 100000),
        '[!-/:-@[-`{-~]+', ' ', 'g'),
      chr(1), ' ﬁ ')), 'ﬁ')
$$;

-- By triggers, so that a projector of the version before, which runs on while this is rolled out, leaves nothing out.
create function write_words() returns trigger language plpgsql as $$
begin
  if exists (select from projection where text_search) then
    insert into insight_words as known
    select conversation_id, words_of(reasoning, messages)
      from insights left join conversations using (conversation_id) where conversation_id = new.conversation_id
    on conflict (conversation_id) do update set words = excluded.words where known.words <> excluded.words;
  end if;
  return null;
end $$;
create function delete_words() returns trigger language plpgsql as $$
begin
  delete from insight_words where conversation_id = old.conversation_id;
  return null;
end $$;
create trigger words_written after insert or update of reasoning on insights
  for each row execute function write_words();
create trigger words_deleted after delete on insights
  for each row execute function delete_words();
create trigger words_written after insert or update of messages on conversations
  for each row execute function write_words();
