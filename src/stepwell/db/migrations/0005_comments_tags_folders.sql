-- What people say about templates, processes and tasks, and how they file them.
SET LOCAL lock_timeout = '5s';
CREATE TABLE comments (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    subject_type    text        NOT NULL CHECK (subject_type IN ('Checklist', 'Run', 'Task')),
    subject_id      uuid        NOT NULL,
    process_id      uuid,                                     -- of a comment on a task in a process
    step_id         uuid,
    parent_id       uuid,
    author_id       bigint,                                   -- null: the bot
    author_type     text        NOT NULL CHECK (author_type IN ('user', 'guest', 'bot')),
    content         text        NOT NULL,                     -- as written, mentions as @[12]
    label           text        NOT NULL,
    state           text        NOT NULL,
    resolve_id      uuid,
    mentions        bigint[]    NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX comments_of_subject ON comments (organization_id, subject_id, created_at, id);
CALL protect('comments');

CREATE TABLE tags (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    title           text        NOT NULL,
    color           text        NOT NULL,
    kind            text        NOT NULL DEFAULT 'private' CHECK (kind IN ('private', 'public')),
    auto_generated  boolean     NOT NULL DEFAULT false,
    custom_fields   jsonb       NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX tags_title ON tags (organization_id, lower(title));
CALL protect('tags');

CREATE TABLE tag_associations (
    organization_id uuid        NOT NULL,
    id              bigint      NOT NULL,
    tag_id          uuid        NOT NULL,
    subject_type    text        NOT NULL CHECK (subject_type IN ('Checklist', 'Run', 'Step', 'Task')),
    subject_id      uuid        NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, subject_id, tag_id),
    FOREIGN KEY (organization_id, tag_id) REFERENCES tags ON DELETE CASCADE
);
CREATE INDEX tag_associations_of_tag ON tag_associations (organization_id, tag_id);
CALL protect('tag_associations');

CREATE TABLE folder_objects (
    organization_id uuid        NOT NULL,
    id              bigint      NOT NULL,
    folder_id       uuid        NOT NULL,
    subject_type    text        NOT NULL CHECK (subject_type IN ('Run', 'Task')),
    subject_id      uuid        NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, subject_id, folder_id),
    FOREIGN KEY (organization_id, folder_id) REFERENCES folders ON DELETE CASCADE
);
CREATE INDEX folder_objects_of_folder ON folder_objects (organization_id, folder_id);
CALL protect('folder_objects');
