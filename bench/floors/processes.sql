-- 50 processes with their progress: the same JSON, newest first, without asking who may see them.
\set n random(0, 199)
SELECT answer.* FROM bench_callers caller, LATERAL (
    WITH page AS (
        SELECT found.id, row_number() OVER () AS place
          FROM (SELECT process.id FROM (
    (SELECT process.id FROM processes process WHERE process.organization_id = caller.organization_id AND process.archived_at IS NULL ORDER BY process.created_at DESC, process.id DESC LIMIT 50)
) near
                  JOIN processes process ON process.organization_id = caller.organization_id AND process.id = near.id
                 ORDER BY process.created_at DESC, process.id DESC LIMIT 50 OFFSET 0) found
    )
    SELECT ((SELECT coalesce(sum(kept.n), 0)::bigint FROM totals kept WHERE kept.organization_id = caller.organization_id AND kept.kind = 'live' AND kept.subject = '')), coalesce(json_agg(to_json(one) ORDER BY place), '[]')::text, count(*)
      FROM page JOIN LATERAL (SELECT
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
 FROM processes process
             WHERE process.organization_id = caller.organization_id AND process.id = page.id) one ON true
) answer WHERE caller.n = :n;
