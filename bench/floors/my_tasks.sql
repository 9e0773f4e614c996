-- A person's 50 open tasks by deadline: the same JSON, the page by the same index, the total counted.
\set n random(0, 199)
SELECT answer.* FROM bench_callers caller, LATERAL (
    WITH  page AS (
        SELECT found.id, row_number() OVER () AS place
          FROM (SELECT mine.task_id AS id FROM task_people mine WHERE mine.organization_id = caller.organization_id AND mine.person_id = caller.user_id AND mine.open ORDER BY mine.deadline ASC, mine.task_id ASC
                 LIMIT 50 OFFSET 0) found
    )
    SELECT (SELECT count(*) FROM task_people mine WHERE mine.organization_id = caller.organization_id AND mine.person_id = caller.user_id AND mine.open), coalesce(json_agg(to_json(one) ORDER BY page.place), '[]')::text, count(*),
           (SELECT count(*) FROM task_people mine WHERE mine.organization_id = caller.organization_id AND mine.person_id = caller.user_id AND mine.open AND mine.deadline < now()), (SELECT count(*) FROM task_people mine WHERE mine.organization_id = caller.organization_id AND mine.person_id = caller.user_id AND mine.open AND mine.deadline BETWEEN now() AND now() + interval '24 hours')
      FROM page CROSS JOIN LATERAL (SELECT
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
    (caller.is_admin OR (true AND NOT task.only_assignees AND NOT task.everyone_must_complete) OR
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
 FROM
    tasks task LEFT JOIN processes process
            ON process.organization_id = task.organization_id AND process.id = task.process_id
             WHERE task.organization_id = caller.organization_id AND task.id = page.id) one
) answer WHERE caller.n = :n;
