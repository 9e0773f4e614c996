-- Processes and tasks. A process points to its version for ever; a task holds what lists need and what differs.
SET LOCAL lock_timeout = '5s';
CREATE TABLE processes (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    number          bigint      NOT NULL,
    template_id     uuid        NOT NULL,
    template_title  text        NOT NULL,
    version_id      uuid,                                     -- null: a project without a template
    type            text        NOT NULL,
    name            text        NOT NULL,
    summary         text,
    status          text        NOT NULL CHECK (status IN ('active', 'issue', 'problem', 'complete', 'archived')),
    starter_id      bigint      NOT NULL,
    owner_id        bigint      NOT NULL,
    parent_id       uuid,
    answers         jsonb       NOT NULL DEFAULT '{}',        -- of the kick-off form, by field id
    kickoff_fields  int         NOT NULL DEFAULT 0,
    kickoff_complete boolean    NOT NULL DEFAULT true,
    kickoff_completed_at timestamptz,
    kickoff_completed_by bigint,
    kickoff_submitted_by text,
    assign_someone_else boolean NOT NULL DEFAULT true,
    can_add_oot     boolean     NOT NULL DEFAULT true,
    is_public       boolean     NOT NULL DEFAULT false,
    public_token    text,
    publicly_hidden_fields jsonb NOT NULL DEFAULT '[]',
    users           bigint[]    NOT NULL DEFAULT '{}',
    groups          uuid[]      NOT NULL DEFAULT '{}',
    collaborators   bigint[]    NOT NULL DEFAULT '{}',        -- every member involved, groups expanded
    everyone_reads  boolean     NOT NULL,                     -- PROCESS_READ of every admin and standard member
    reader_users    bigint[]    NOT NULL DEFAULT '{}',
    reader_groups   uuid[]      NOT NULL DEFAULT '{}',
    mentioned       bigint[]    NOT NULL DEFAULT '{}',        -- a mention gives the right to see
    issues          int         NOT NULL DEFAULT 0,           -- open issues of the process itself
    -- Kept by each command, so that a list of processes reads no task:
    complete_tasks  int         NOT NULL DEFAULT 0,
    visible_tasks   int         NOT NULL DEFAULT 0,
    whole_complete  int         NOT NULL DEFAULT 0,
    whole_tasks     int         NOT NULL DEFAULT 0,
    late_completed  int         NOT NULL DEFAULT 0,
    problem_tasks   int         NOT NULL DEFAULT 0,           -- visible ones with an open issue
    open_deadlines  timestamptz[] NOT NULL DEFAULT '{}',      -- of open visible tasks, ascending
    max_deadline    timestamptz,
    due_date        timestamptz,                              -- set by hand; null: max_deadline
    fired_rules     uuid[]      NOT NULL DEFAULT '{}',
    follow_ups      uuid[]      NOT NULL DEFAULT '{}',        -- completed steps whose template has still to follow
    custom_fields   jsonb       NOT NULL DEFAULT '{}',
    origin          text        NOT NULL DEFAULT 'api',       -- what launched it
    origin_id       uuid,                                     -- the task whose completion did
    chain_depth     int         NOT NULL DEFAULT 0,           -- automatic launches before it, one by another
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    completed_at    timestamptz,
    archived_at     timestamptz,
    last_event      int         NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, version_id) REFERENCES template_versions,
    FOREIGN KEY (organization_id, starter_id) REFERENCES people,
    FOREIGN KEY (organization_id, owner_id) REFERENCES people
);
CREATE INDEX processes_restricted ON processes (organization_id, id) WHERE NOT everyone_reads;
CREATE INDEX processes_by_number ON processes (organization_id, number);   -- as tasks_by_number, of kick-off answers
CREATE INDEX processes_newest ON processes (organization_id, created_at, id) WHERE archived_at IS NULL;
CREATE INDEX processes_by_change ON processes (organization_id, updated_at, id) WHERE archived_at IS NULL;
CREATE INDEX processes_of_template ON processes (organization_id, template_id, created_at, id);
CREATE INDEX processes_of_parent ON processes (organization_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX processes_of_task ON processes (organization_id, origin_id) WHERE origin = 'task_completion';
CREATE INDEX processes_archived ON processes (organization_id, created_at, id) WHERE archived_at IS NOT NULL;
CALL protect('processes');

CREATE TABLE tasks (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    process_id      uuid,                                     -- null: a one-off task on its own
    number          bigint      NOT NULL,
    template_id     uuid,
    step_id         uuid,
    linked_step_id  uuid,
    alias           text,
    title           text        NOT NULL,
    original_title  text        NOT NULL,
    summary         text,                                     -- null: the text of the step in the version
    task_type       text        NOT NULL,
    status          text        NOT NULL CHECK (status IN ('not-started', 'in-progress', 'completed', 'auto-skipped')),
    position        int         NOT NULL,
    blueprint_position int,
    stage_id        uuid,
    users           bigint[]    NOT NULL DEFAULT '{}',        -- the assignees as given
    guests          text[]      NOT NULL DEFAULT '{}',
    groups          uuid[]      NOT NULL DEFAULT '{}',
    roles           uuid[]      NOT NULL DEFAULT '{}',
    starts_at       timestamptz,
    soft_start      boolean     NOT NULL DEFAULT true,
    deadline        timestamptz,                              -- null: held until its base is completed
    deadline_source text        NOT NULL,
    is_approved     boolean,
    expired         boolean     NOT NULL DEFAULT false,
    reopened        boolean     NOT NULL DEFAULT false,
    shown_by_hand   boolean,
    shown_at        timestamptz,
    oneoff          boolean     NOT NULL DEFAULT false,
    everyone_must_complete boolean NOT NULL DEFAULT false,
    only_assignees  boolean     NOT NULL DEFAULT false,
    max_assignable  int,
    allow_guests    boolean     NOT NULL DEFAULT true,
    prevent_guest_comment boolean NOT NULL DEFAULT false,
    top_secret      boolean     NOT NULL DEFAULT false,
    send_chromeless boolean,
    has_dependents  boolean     NOT NULL DEFAULT false,
    webhook         text,
    answers         jsonb       NOT NULL DEFAULT '{}',
    fields          jsonb       NOT NULL DEFAULT '[]',        -- one-off tasks only: their form fields
    parts           jsonb       NOT NULL DEFAULT '{}',        -- everyone_must_complete: who has done the own part
    rule_effects    jsonb       NOT NULL DEFAULT '[]',        -- what rules did to it last, to be shifted or taken back
    issues          int         NOT NULL DEFAULT 0,
    answered        boolean     NOT NULL DEFAULT true,        -- every required answer is there
    mentioned       bigint[]    NOT NULL DEFAULT '{}',
    custom_fields   jsonb       NOT NULL DEFAULT '{}',
    starter_id      bigint,
    completer_id    bigint,
    completer_guest text,
    launched_id     uuid,                                     -- the process that its completion launched, once for all
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    completed_at    timestamptz,
    archived_at     timestamptz,
    last_event      int         NOT NULL DEFAULT 0,           -- of a task on its own; else the process counts
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, process_id) REFERENCES processes ON DELETE CASCADE
);
-- The id of the place of an answer: nothing of it is stored, so every field has one from the start. A letter (t: task,
-- k: kick-off form), the number of the task or process, the field's place in the form, and a check that makes ids
-- of other places and other organizations unguessable enough to be told from mistakes.
CREATE FUNCTION value_id(of_organization uuid, letter text, number bigint, place int) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (WITH stem AS (SELECT convert_to(letter, 'UTF8') || substr(int8send(number), 4) || substr(int4send(place), 3)
                                 AS bytes)
            SELECT encode(bytes || substr(sha256(uuid_send(of_organization) || bytes), 1, 8), 'hex') FROM stem);
CREATE INDEX tasks_of_process ON tasks (organization_id, process_id, position);
CREATE INDEX tasks_newest ON tasks (organization_id, created_at, id) WHERE archived_at IS NULL;
CREATE INDEX tasks_by_number ON tasks (organization_id, number);   -- the value_id of an answer starts with it
CREATE INDEX tasks_top_secret ON tasks (organization_id, id) WHERE top_secret;
CREATE INDEX tasks_alone ON tasks (organization_id, starter_id) WHERE process_id IS NULL;   -- a creator's own
CREATE INDEX tasks_due ON tasks (organization_id, deadline, id)    -- overdue or due soon in a list; very old ones
    WHERE status IN ('not-started', 'in-progress') AND archived_at IS NULL AND deadline IS NOT NULL;
CREATE INDEX tasks_expiring ON tasks (organization_id, deadline, id)   -- what the clock ends, in this order
    WHERE task_type IN ('expiring', 'expiring_email') AND status IN ('not-started', 'in-progress')
      AND archived_at IS NULL AND deadline IS NOT NULL;
CREATE INDEX tasks_of_forms ON tasks USING gin (fields jsonb_path_ops) WHERE fields <> '[]';   -- whose field it is
CREATE INDEX tasks_of_groups ON tasks USING gin (groups) WHERE groups <> '{}';   -- the tasks of a group
CALL protect('tasks');

-- "My open tasks by deadline" is one range of one index, however many tasks a person ever finished: groups are
-- expanded here, and `open`, `listed` and `deadline` repeat the task's own and change in the same transaction.
CREATE TABLE task_people (
    organization_id uuid        NOT NULL,
    task_id         uuid        NOT NULL,
    person_id       bigint      NOT NULL,
    open            boolean     NOT NULL,
    listed          boolean     NOT NULL,                     -- neither hidden nor archived, completed or not
    deadline        timestamptz,
    created_at      timestamptz NOT NULL,                     -- the task's
    PRIMARY KEY (organization_id, task_id, person_id),
    FOREIGN KEY (organization_id, task_id) REFERENCES tasks ON DELETE CASCADE,
    FOREIGN KEY (organization_id, person_id) REFERENCES people
);
CREATE INDEX task_people_my_open ON task_people (organization_id, person_id, deadline, task_id) WHERE open;
CREATE INDEX task_people_newest ON task_people (organization_id, person_id, created_at, task_id);
CALL protect('task_people');

-- Who is involved in a process and may therefore see it; `restricted` where not every full member may anyway.
CREATE TABLE process_viewers (
    organization_id uuid        NOT NULL,
    process_id      uuid        NOT NULL,
    person_id       bigint      NOT NULL,
    restricted      boolean     NOT NULL,
    archived        boolean     NOT NULL,
    created_at      timestamptz NOT NULL,                     -- the process's
    PRIMARY KEY (organization_id, process_id, person_id),
    FOREIGN KEY (organization_id, process_id) REFERENCES processes ON DELETE CASCADE,
    FOREIGN KEY (organization_id, person_id) REFERENCES people
);
CREATE INDEX process_viewers_newest ON process_viewers (organization_id, person_id, created_at, process_id)
    WHERE NOT archived;
-- What a full member sees only by being involved is little of much: found without reading the rest.
CREATE INDEX process_viewers_restricted ON process_viewers (organization_id, person_id, created_at, process_id)
    WHERE restricted;
CALL protect('process_viewers');

CREATE TABLE process_stages (
    organization_id uuid        NOT NULL,
    process_id      uuid        NOT NULL,
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    position        int         NOT NULL,
    PRIMARY KEY (organization_id, process_id, id),
    FOREIGN KEY (organization_id, process_id) REFERENCES processes ON DELETE CASCADE
);
CALL protect('process_stages');
