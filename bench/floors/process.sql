-- One process with its tasks: the same JSON, without asking who may see it.
\set n random(0, 19999)
SELECT answer.* FROM bench_processes caller, LATERAL (
SELECT to_json(one)::text FROM processes process, LATERAL (SELECT
    hex(process.id) AS id, hex(process.template_id) AS checklist_id, process.template_title AS checklist_title,
    process.name, process.summary, process.status,
    json_build_object('complete', process.complete_tasks, 'total', process.visible_tasks, 'percent',
        CASE WHEN process.status = 'complete' THEN 100 WHEN process.visible_tasks = 0 THEN 0
             ELSE (200 * process.complete_tasks + process.visible_tasks) / (2 * process.visible_tasks) END)
 AS progress, process.owner_id,
    EXISTS (SELECT FROM stars star WHERE star.organization_id = caller.organization_id
               AND star.person_id = caller.user_id AND star.subject_id = process.id) AS starred,
    process.is_public, process.users, hexes(process.groups) AS groups, utc(process.created_at) AS created_at,
    utc(process.updated_at) AS last_updated,
    process.number AS increment_id, hex(process.version_id) AS checklist_version_id,
    json_build_object('complete', process.whole_complete, 'total', process.whole_tasks, 'percent',
        CASE WHEN process.whole_tasks = 0 THEN CASE WHEN process.status = 'complete' THEN 100 ELSE 0 END
             ELSE (200 * process.whole_complete + process.whole_tasks) / (2 * process.whole_tasks) END)
        AS whole_progress,
    process.starter_id AS started_by, process.answers AS prerun,
    CASE WHEN process.kickoff_complete THEN 'complete' ELSE 'incomplete' END AS prerun_status,
    utc(process.kickoff_completed_at) AS prerun_completed_at, process.kickoff_completed_by AS prerun_completed_by,
    process.kickoff_submitted_by AS prerun_submitted_by, process.kickoff_fields AS prerun_length,
    process.assign_someone_else, process.publicly_hidden_fields,
    CASE WHEN process.is_public THEN 'http://127.0.0.1:18431' || '/' || hex(process.organization_id) || '/public/process/'
         || process.public_token END AS public_link,
    process.collaborators, process.type, hex(process.parent_id) AS parent_id, process.can_add_oot,
    process.issues > 0 AS has_open_issue, process.version_id IS NULL AS is_empty_process,
    utc(coalesce(process.due_date, process.max_deadline)) AS due_date,
    utc(process.max_deadline) AS max_task_deadline,
    coalesce(process.status <> 'complete' AND process.open_deadlines[1] < now(), false) AS due_date_passed,
    EXISTS (SELECT FROM unnest(process.open_deadlines) due
             WHERE due BETWEEN now() AND now() + interval '24 hours') AS due_soon,
    process.late_completed
        + (SELECT count(*) FROM unnest(process.open_deadlines) due WHERE due < now()) AS late_tasks,
    utc(process.created_at) AS started_at, utc(process.completed_at) AS completed_at,
    utc(process.archived_at) AS archived_at, process.custom_fields
,
        (SELECT json_build_object('data', coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]'))
           FROM (SELECT
    hex(task.id) AS id, task.number AS increment_id, task.title, task.original_title, task.title AS name,
    hex(task.process_id) AS run_id, hex(task.template_id) AS checklist_id, hex(task.step_id) AS step_id,
    hex(task.linked_step_id) AS linked_step_id, task.alias, task.answers AS taskdata,
    json_build_object('users', task.users, 'guests', task.guests, 'groups', hexes(task.groups), 'taskUrls',
        CASE WHEN task.guests = '{}' THEN '[]'::json ELSE
            (SELECT coalesce(json_agg('http://127.0.0.1:18431' || '/' || hex(task.organization_id) || '/guest/' || guest.guest_code
                                      || '/task/' || hex(task.id) ORDER BY place), '[]')
               FROM unnest(task.guests) WITH ORDINALITY assigned (email, place)
               JOIN people guest ON guest.organization_id = caller.organization_id AND guest.email = assigned.email
                AND guest.guest_code IS NOT NULL) END)
 AS owners,
    task.allow_guests AS allow_guest_owners,
    ((task.status IN ('not-started', 'in-progress') AND task.archived_at IS NULL) AND task.answered AND task.issues = 0 AND coalesce(process.issues, 0) = 0 AND
    (true OR (true AND NOT task.only_assignees AND NOT task.everyone_must_complete) OR
    EXISTS (SELECT FROM task_people mine WHERE mine.organization_id = caller.organization_id
               AND mine.task_id = task.id AND mine.person_id = caller.user_id)
)
)
        AS is_completable,
    task.status,
    CASE WHEN task.status = 'completed' THEN
             CASE task.task_type WHEN 'approval' THEN CASE WHEN task.is_approved THEN 'approved' ELSE 'rejected' END
                  WHEN 'expiring' THEN CASE WHEN task.is_approved IS FALSE THEN 'expired' ELSE 'acknowledged' END
                  WHEN 'email' THEN 'sent' WHEN 'expiring_email' THEN 'sent' ELSE 'completed' END
         WHEN (task.status IN ('not-started', 'in-progress') AND task.archived_at IS NULL) AND task.deadline < now() THEN 'overdue' ELSE task.status END
 AS status_label, task.task_type, task.is_approved, task.position,
    task.blueprint_position, hex(task.stage_id) AS stage_id, utc(task.starts_at) AS started_at,
    utc(task.deadline) AS deadline, task.soft_start AS is_soft_start_date, utc(task.created_at) AS created_at,
    utc(task.updated_at) AS last_updated, utc(task.completed_at) AS completed_at,
    utc(task.archived_at) AS archived_at, task.starter_id, task.completer_id,
    (SELECT guest.id FROM people guest WHERE task.completer_guest IS NOT NULL
        AND guest.organization_id = caller.organization_id AND guest.email = task.completer_guest)
        AS completer_guest_id,
    task.completer_guest, task.oneoff AS is_oneoff_task, task.everyone_must_complete,
    CASE WHEN task.everyone_must_complete THEN coalesce(
        (SELECT round(100.0 * count(*) FILTER (WHERE task.parts ? person.person_id::text
                                               OR task.status = 'completed') / count(*))
           FROM task_people person WHERE person.organization_id = caller.organization_id
            AND person.task_id = task.id HAVING count(*) > 0), 0) END AS completion_progress,
    task.only_assignees AS can_complete_only_assignees,
    task.has_dependents AS has_deadline_dependent_child_tasks, task.max_assignable, task.webhook,
    task.prevent_guest_comment, task.issues > 0 AS problem, task.send_chromeless, task.top_secret,
    process.status AS run_status, task.custom_fields,
    EXISTS (SELECT FROM stars star WHERE star.organization_id = caller.organization_id
               AND star.person_id = caller.user_id AND star.subject_id = task.id) AS starred
 FROM tasks task
                  WHERE
    task.organization_id = caller.organization_id AND task.process_id = process.id
    AND (NOT task.top_secret OR true OR (task.oneoff AND task.starter_id = caller.user_id) OR
    EXISTS (SELECT FROM task_people mine WHERE mine.organization_id = caller.organization_id
               AND mine.task_id = task.id AND mine.person_id = caller.user_id)
)
 AND task.archived_at IS NOT DISTINCT FROM process.archived_at AND task.status <> 'auto-skipped') one)
     AS "tasks") one WHERE process.organization_id = caller.organization_id AND process.id = caller.process_id
) answer WHERE caller.n = :n;
