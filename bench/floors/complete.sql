-- One completion: the process, the task, its people, the event and the job, in one statement. HTTP takes the even
-- numbers of bench_tasks, this the odd ones, each once.
WITH target AS (
    SELECT * FROM bench_tasks WHERE n = (SELECT 2 * nextval('bench_task') - 1)
), done AS (
    UPDATE tasks task SET status = 'completed', completed_at = now(), completer_id = target.user_id, updated_at = now()
      FROM target WHERE task.organization_id = target.organization_id AND task.id = target.task_id
    RETURNING task.organization_id, task.id
), listed AS (
    UPDATE task_people person SET open = false
      FROM target WHERE person.organization_id = target.organization_id AND person.task_id = target.task_id
), counted AS (
    UPDATE processes process
       SET complete_tasks = complete_tasks + 1, whole_complete = whole_complete + 1,
           open_deadlines = open_deadlines[2:], updated_at = now(), last_event = last_event + 1
      FROM target WHERE process.organization_id = target.organization_id AND process.id = target.process_id
    RETURNING process.last_event
), logged AS (
    INSERT INTO events (organization_id, subject_id, number, id, at, verb, kind, actor_id, actor_type, object_type,
           object_id, subject_type, description)
    SELECT target.organization_id, target.process_id, counted.last_event, nextval('bench_number'), now(), 'completed',
           'Task', target.user_id, 'user', 'Task', target.task_id, 'Run', 'Completed task: Step'
      FROM target, counted
)
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('events', 'stepwell.jobs.read_events', 0, target.process_id::text, NULL,
       jsonb_build_object('organization_id', target.organization_id, 'subject_id', target.process_id,
                          'first', counted.last_event, 'last', counted.last_event),
       NULL)::procrastinate_job_to_defer_v1])
  FROM target, counted;
