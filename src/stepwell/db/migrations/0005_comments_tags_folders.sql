-- What people say about templates, processes and tasks, and how they file them.
SET LOCAL lock_timeout = '5s';
CREATE TABLE comments (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    subject_type    text        NOT NULL CHECK (subject_type IN ('Checklist', 'Run', 'Task')),
    subject_id      uuid        NOT NULL,
    process_id      uuid,                                     -- of a comment on a process or on a task in one
    template_id     uuid,                                     -- that of the subject; null: it has none
    step_id         uuid,
    parent_id       uuid,
    author_id       bigint,                                   -- null: the bot
    author_type     text        NOT NULL CHECK (author_type IN ('user', 'guest', 'bot')),
    content         text        NOT NULL,                     -- as written, mentions as @[12]
    label           text        NOT NULL,
    state           text        NOT NULL,
    resolve_id      uuid,                                     -- of an issue: what resolved it; null while it is open
    mentions        bigint[]    NOT NULL DEFAULT '{}',        -- members who are told, groups expanded
    reactions       jsonb       NOT NULL DEFAULT '[]',        -- as the API has them: [{"emoji", "users"}]
    invited         text[]      NOT NULL DEFAULT '{}',        -- guests whom it brought in
    asks_for_status boolean     NOT NULL DEFAULT false,       -- written by "request status"
    read_at         timestamptz,                              -- templates: an editor has seen it
    hidden_at       timestamptz,                              -- templates: an editor has put it away
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX comments_of_subject ON comments (organization_id, subject_id, created_at, id);
CREATE INDEX comments_newest ON comments (organization_id, created_at) WHERE author_type <> 'bot';  -- hourly limits
CREATE INDEX comments_replies ON comments (organization_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX comments_of_process ON comments (organization_id, process_id, label) WHERE process_id IS NOT NULL;
CREATE INDEX comments_improving ON comments (organization_id, template_id, created_at, id)
    WHERE label = 'improvement' AND subject_type = 'Task';   -- shown to the editors of the template too
CALL protect('comments');

CREATE FUNCTION escaped(plain text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN replace(replace(replace(replace(replace(plain, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'),
                   '''', '&#39;');

-- What a person is called where others read it.
CREATE FUNCTION shown_name(person people) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN person.kind = 'member' AND person.status IN ('disabled', 'deleted') THEN '[DELETED MEMBER]'
                ELSE coalesce(nullif(trim(concat_ws(' ', person.first_name, person.last_name)), ''),
                              person.username, person.email) END;

-- A comment as it is read: @[12] and @[<group id>] are names in bold. What names nobody stays as it was written.
CREATE FUNCTION rendered_comment(of_organization uuid, content text) RETURNS text LANGUAGE sql STABLE
    RETURN CASE WHEN position('@[' IN content) = 0 THEN content ELSE (
        SELECT string_agg(CASE WHEN place = 1 THEN piece
                               WHEN name IS NULL THEN '@[' || piece
                               ELSE '<strong>' || escaped(name) || '</strong>'
                                    || substr(piece, position(']' IN piece) + 1) END, '' ORDER BY place)
          FROM (SELECT place, piece,
                       coalesce((SELECT shown_name(person) FROM people person
                                  WHERE person.organization_id = of_organization AND person.kind = 'member'
                                    AND person.id = substring(piece FROM '^([0-9]{1,15})\]')::bigint),
                                (SELECT "group".name FROM groups "group"
                                  WHERE "group".organization_id = of_organization
                                    AND "group".id = substring(piece FROM '^([0-9a-fA-F]{32})\]')::uuid)) AS name
                  FROM string_to_table(content, '@[') WITH ORDINALITY split (piece, place)) named) END;

-- How long ago something was, in words: the largest unit that fits.
CREATE FUNCTION ago(at timestamptz, now timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT count || ' ' || name || CASE count WHEN 1 THEN ' ago' ELSE 's ago' END
              FROM (SELECT greatest(extract(epoch FROM now - at)::bigint, 0) / seconds AS count, name, seconds
                      FROM (VALUES (31536000, 'year'), (2592000, 'month'), (604800, 'week'), (86400, 'day'),
                                   (3600, 'hour'), (60, 'minute'), (1, 'second')) unit (seconds, name)) counted
             WHERE count > 0 OR seconds = 1 ORDER BY seconds DESC LIMIT 1);

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
