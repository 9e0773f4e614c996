-- Exact totals of the lists that grow with the organization's history. Counting them for each page would cost ten
-- times as much with ten times the data. Triggers keep them, so no command can forget one; each server process
-- writes its own shard, so two commands seldom wait for each other.
SET LOCAL lock_timeout = '5s';
CREATE TABLE totals (
    organization_id uuid     NOT NULL,
    kind            text     NOT NULL,
    subject         text     NOT NULL,
    shard           smallint NOT NULL,
    n               bigint   NOT NULL,
    PRIMARY KEY (organization_id, kind, subject, shard)
) WITH (fillfactor = 50);
CALL protect('totals');

CREATE FUNCTION total(of_organization uuid, of_kind text, of_subject text) RETURNS bigint LANGUAGE sql STABLE
    RETURN (SELECT coalesce(sum(n), 0) FROM totals
             WHERE organization_id = of_organization AND kind = of_kind AND subject = of_subject);

CREATE FUNCTION add_to_total(of_organization uuid, of_kind text, of_subject text, delta bigint) RETURNS void
    LANGUAGE sql AS $$
    INSERT INTO totals AS total VALUES (of_organization, of_kind, of_subject, pg_backend_pid() % 64, delta)
    ON CONFLICT (organization_id, kind, subject, shard) DO UPDATE SET n = total.n + EXCLUDED.n
$$;

-- 'live': processes that are not archived; 'open to all': those that every full member may see;
-- 'launches' of a template: all that were ever launched from it.
CREATE FUNCTION count_processes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was_live boolean := TG_OP <> 'INSERT' AND OLD.archived_at IS NULL;
    is_live  boolean := TG_OP <> 'DELETE' AND NEW.archived_at IS NULL;
    was_open boolean := was_live AND OLD.everyone_reads;
    is_open  boolean := is_live AND NEW.everyone_reads;
    organization uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.organization_id ELSE NEW.organization_id END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM add_to_total(organization, 'launches', hex(NEW.template_id), 1);
    END IF;
    IF was_live <> is_live THEN
        PERFORM add_to_total(organization, 'live', '', is_live::int - was_live::int);
    END IF;
    IF was_open <> is_open THEN
        PERFORM add_to_total(organization, 'open to all', '', is_open::int - was_open::int);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER processes_count_new AFTER INSERT OR DELETE ON processes
    FOR EACH ROW EXECUTE FUNCTION count_processes();
CREATE TRIGGER processes_count_changed AFTER UPDATE ON processes FOR EACH ROW
    WHEN (OLD.archived_at IS DISTINCT FROM NEW.archived_at OR OLD.everyone_reads <> NEW.everyone_reads)
    EXECUTE FUNCTION count_processes();

-- 'viewed' by a person: live processes the person is involved in; 'restricted': those not open to all.
CREATE FUNCTION count_viewers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO totals AS total
        SELECT row.organization_id, kind, row.person_id::text, pg_backend_pid() % 64, count(*)
          FROM new_rows row, LATERAL (VALUES ('viewed', true), ('restricted', row.restricted)) kinds (kind, counts)
         WHERE NOT row.archived AND counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (organization_id, kind, subject, shard) DO UPDATE SET n = total.n + EXCLUDED.n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO totals AS total
        SELECT row.organization_id, kind, row.person_id::text, pg_backend_pid() % 64, -count(*)
          FROM old_rows row, LATERAL (VALUES ('viewed', true), ('restricted', row.restricted)) kinds (kind, counts)
         WHERE NOT row.archived AND counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (organization_id, kind, subject, shard) DO UPDATE SET n = total.n + EXCLUDED.n;
    ELSE
        INSERT INTO totals AS total
        SELECT organization_id, kind, person_id::text, pg_backend_pid() % 64, sum(delta)
          FROM (SELECT organization_id, person_id, restricted, 1 AS delta FROM new_rows WHERE NOT archived
                UNION ALL
                SELECT organization_id, person_id, restricted, -1 FROM old_rows WHERE NOT archived) row,
               LATERAL (VALUES ('viewed', true), ('restricted', row.restricted)) kinds (kind, counts)
         WHERE counts GROUP BY 1, 2, 3 HAVING sum(delta) <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (organization_id, kind, subject, shard) DO UPDATE SET n = total.n + EXCLUDED.n;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER process_viewers_count_new AFTER INSERT ON process_viewers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_viewers();
CREATE TRIGGER process_viewers_count_gone AFTER DELETE ON process_viewers
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_viewers();
CREATE TRIGGER process_viewers_count_changed AFTER UPDATE ON process_viewers
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_viewers();

-- 'open' tasks of a person, and all 'listed' ones: neither hidden nor archived.
CREATE FUNCTION count_tasks_of_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO totals AS total
        SELECT row.organization_id, kind, row.person_id::text, pg_backend_pid() % 64, count(*)
          FROM new_rows row, LATERAL (VALUES ('listed', row.listed), ('open', row.open)) kinds (kind, counts)
         WHERE counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (organization_id, kind, subject, shard) DO UPDATE SET n = total.n + EXCLUDED.n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO totals AS total
        SELECT row.organization_id, kind, row.person_id::text, pg_backend_pid() % 64, -count(*)
          FROM old_rows row, LATERAL (VALUES ('listed', row.listed), ('open', row.open)) kinds (kind, counts)
         WHERE counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (organization_id, kind, subject, shard) DO UPDATE SET n = total.n + EXCLUDED.n;
    ELSE
        INSERT INTO totals AS total
        SELECT organization_id, kind, person_id::text, pg_backend_pid() % 64, sum(delta)
          FROM (SELECT organization_id, person_id, open, listed, 1 AS delta FROM new_rows
                UNION ALL
                SELECT organization_id, person_id, open, listed, -1 FROM old_rows) row,
               LATERAL (VALUES ('listed', row.listed), ('open', row.open)) kinds (kind, counts)
         WHERE counts GROUP BY 1, 2, 3 HAVING sum(delta) <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (organization_id, kind, subject, shard) DO UPDATE SET n = total.n + EXCLUDED.n;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER task_people_count_new AFTER INSERT ON task_people
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_tasks_of_people();
CREATE TRIGGER task_people_count_gone AFTER DELETE ON task_people
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_tasks_of_people();
CREATE TRIGGER task_people_count_changed AFTER UPDATE ON task_people
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_tasks_of_people();

-- 'tasks' of the organization that are neither hidden nor archived.
CREATE FUNCTION count_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organization uuid;
    delta bigint;
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        organization := NEW.organization_id;
        delta := (NEW.status <> 'auto-skipped' AND NEW.archived_at IS NULL)::int
               - (OLD.status <> 'auto-skipped' AND OLD.archived_at IS NULL)::int;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT min(organization_id::text)::uuid, count(*) INTO organization, delta
          FROM new_rows WHERE status <> 'auto-skipped' AND archived_at IS NULL;
    ELSE
        SELECT min(organization_id::text)::uuid, -count(*) INTO organization, delta
          FROM old_rows WHERE status <> 'auto-skipped' AND archived_at IS NULL;
    END IF;
    IF delta <> 0 THEN
        PERFORM add_to_total(organization, 'tasks', '', delta);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tasks_count_new AFTER INSERT ON tasks
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_tasks();
CREATE TRIGGER tasks_count_gone AFTER DELETE ON tasks
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_tasks();
CREATE TRIGGER tasks_count_changed AFTER UPDATE ON tasks FOR EACH ROW
    WHEN ((OLD.status = 'auto-skipped') <> (NEW.status = 'auto-skipped')
          OR (OLD.archived_at IS NULL) <> (NEW.archived_at IS NULL))
    EXECUTE FUNCTION count_tasks();
