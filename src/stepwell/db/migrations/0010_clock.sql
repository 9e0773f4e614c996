-- Which organizations have something for the clock to do: asked every few minutes, before a tenant is known, so each
-- organization is entered in turn, looked at with one probe of an index, and left again at the end.
SET LOCAL lock_timeout = '5s';
CREATE FUNCTION identity.organizations_due(of_kind text, at timestamptz) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one uuid;
    entered text := coalesce(current_setting('app.organization_id', true), '');
BEGIN
    FOR one IN SELECT id FROM identity.organizations ORDER BY id LOOP
        PERFORM set_config('app.organization_id', one::text, true);
        RETURN QUERY
            SELECT one WHERE of_kind = 'expiring' AND EXISTS (
                SELECT FROM public.tasks task
                 WHERE task.organization_id = one AND task.task_type IN ('expiring', 'expiring_email')
                   AND task.status IN ('not-started', 'in-progress') AND task.archived_at IS NULL
                   AND task.deadline IS NOT NULL AND task.deadline <= at AND task.issues = 0
                   AND NOT EXISTS (SELECT FROM public.processes process
                                    WHERE process.organization_id = one AND process.id = task.process_id
                                      AND process.issues > 0))
            UNION ALL
            SELECT one WHERE of_kind = 'forgotten' AND EXISTS (   -- two months is the least one can choose
                SELECT FROM public.organizations house
                 WHERE house.organization_id = one
                   AND house.settings -> 'auto_complete_tasks' IS DISTINCT FROM 'false')
               AND EXISTS (
                SELECT FROM public.tasks task
                 WHERE task.organization_id = one AND task.status IN ('not-started', 'in-progress')
                   AND task.archived_at IS NULL AND task.deadline IS NOT NULL
                   AND task.deadline < at - interval '1 month')
            UNION ALL
            SELECT one WHERE of_kind = 'finished' AND EXISTS (
                SELECT FROM public.organizations house
                 WHERE house.organization_id = one AND house.settings -> 'auto_archive' = 'true');
    END LOOP;
    PERFORM set_config('app.organization_id', entered, true);
END
$$;
REVOKE ALL ON FUNCTION identity.organizations_due(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.organizations_due(text, timestamptz) TO stepwell_app;
