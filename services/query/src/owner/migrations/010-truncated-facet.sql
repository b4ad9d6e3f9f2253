-- Insights of conversations that were too long for a call are counted and found by that, too. Writers wait, readers do
-- not.
lock table insights in share row exclusive mode;
select set_config('insights.projector', '3', true);

-- The order of facets is that of list-facets.ts; the model is the first.
update insights set facets = array[facets[1], 'truncated=true'] || facets[2:] where truncated;

-- The projector counts once more before it begins, where there is anything to count.
update projection set counted = false where exists (select from insights where truncated);
