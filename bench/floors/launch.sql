-- One launch: the rows that a launch of ten steps writes, in one statement.
\set n random(0, 199)
WITH caller AS (
    SELECT * FROM bench_callers WHERE n = :n
), source AS (
    SELECT process.* FROM processes process, caller
     WHERE process.organization_id = caller.organization_id AND process.number < 1000
     ORDER BY process.created_at LIMIT 1
), launched AS (
    INSERT INTO processes (organization_id, id, number, template_id, template_title, version_id, type, name, status,
           starter_id, owner_id, answers, kickoff_fields, collaborators, everyone_reads, visible_tasks, whole_tasks,
           open_deadlines, max_deadline, public_token, created_at, updated_at, last_event)
    SELECT source.organization_id, gen_random_uuid(), nextval('bench_number'), template_id, template_title, version_id,
           type, 'Bench', 'active', user_id, user_id, answers, kickoff_fields, collaborators, everyone_reads, 10, 10,
           open_deadlines, max_deadline, public_token, now(), now(), 1
      FROM source, caller
    RETURNING organization_id, id, created_at
), tasked AS (
    INSERT INTO tasks (organization_id, id, process_id, number, template_id, step_id, alias, title, original_title,
           task_type, status, position, blueprint_position, users, deadline, deadline_source, created_at, updated_at,
           starts_at, starter_id)
    SELECT task.organization_id, gen_random_uuid(), launched.id, nextval('bench_number'), task.template_id,
           task.step_id, task.alias, task.title, task.original_title, task.task_type, 'not-started', task.position,
           task.blueprint_position, task.users, now() + task.position * interval '1 day', 'step', now(), now(), now(),
           caller.user_id
      FROM source JOIN tasks task ON task.organization_id = source.organization_id AND task.process_id = source.id,
           launched, caller
    RETURNING organization_id, id, users, deadline, created_at
), assigned AS (
    INSERT INTO task_people (organization_id, task_id, person_id, open, listed, deadline, created_at)
    SELECT organization_id, id, users[1], true, true, deadline, created_at FROM tasked
), seen AS (
    INSERT INTO process_viewers (organization_id, process_id, person_id, restricted, archived, created_at)
    SELECT launched.organization_id, launched.id, person, false, false, launched.created_at
      FROM source, launched, unnest(source.collaborators) person
), logged AS (
    INSERT INTO events (organization_id, subject_id, number, id, at, verb, kind, actor_id, actor_type, object_type,
           object_id, subject_type, description)
    SELECT launched.organization_id, launched.id, 1, nextval('bench_number'), now(), 'created', 'Process',
           caller.user_id, 'user', 'Run', launched.id, 'Run', 'Launched process: Bench'
      FROM launched, caller
)
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('events', 'stepwell.jobs.read_events', 0, launched.id::text, NULL,
       jsonb_build_object('organization_id', launched.organization_id, 'subject_id', launched.id, 'first', 1, 'last', 1),
       NULL)::procrastinate_job_to_defer_v1])
  FROM launched;
