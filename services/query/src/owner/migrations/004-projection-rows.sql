-- What the rows of before lack. Writers wait meanwhile, readers do not. Counts (facet_totals, rollups) are made by the
-- projector as it starts.
lock table insights in share row exclusive mode;
select set_config('insights.projector', '3', true);

-- The order of facets is that of list-facets.ts, so that a row cannot be told from one that was written today.
update insights
   set occurred_at = origin_appended_at,
       facets = array['model=' || left(model, 200)] || array(
         select 'cluster=' || name from unnest(clusters) with ordinality as cluster (name, place)
          group by name order by min(place)),
       record_partition = -1; -- it was not kept

-- What is known of their submissions; the topic's records of the last days tell the rest.
insert into conversations (conversation_id, status, received_at, finished_at, occurred_at, attempts, facets,
                           origin_topic, origin_partition, origin_offset)
select conversation_id, 'completed', origin_appended_at, created_at, origin_appended_at, attempts, '{}',
       origin_topic, origin_partition, origin_offset
  from insights
 order by conversation_id; -- or each row would find a page of the index of its own

update erasures set record_partition = -1, record_offset = 0, record_appended_at = erased_through;

insert into projection (facet_keys, counted) values ('{}', not exists (select from insights));
