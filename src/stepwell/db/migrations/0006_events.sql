-- The append-only log. The number is given under the lock of the subject (a process, a template, a one-off task,
-- or the organization itself), so a subject's events have no gaps and no two commands share a number.
SET LOCAL lock_timeout = '5s';
CREATE TABLE events (
    organization_id uuid        NOT NULL,
    subject_id      uuid        NOT NULL,
    number          int         NOT NULL,
    id              bigint      NOT NULL,                     -- the activity feed's
    at              timestamptz NOT NULL,
    verb            text        NOT NULL,
    kind            text        NOT NULL,                     -- Process, Task, Blueprint, Step, Comment ...
    actor_id        bigint,                                   -- null: the bot
    actor_type      text        NOT NULL CHECK (actor_type IN ('user', 'guest', 'bot')),
    object_type     text        NOT NULL,                     -- Run, Task, Checklist, Step, Capture ...
    object_id       uuid        NOT NULL,
    subject_type    text        NOT NULL,
    description     text        NOT NULL,
    field           text,
    old             jsonb,
    new             jsonb,
    why             jsonb,                                    -- the rule or event that caused it, if not the actor
    PRIMARY KEY (organization_id, subject_id, number)
);
CREATE INDEX events_newest ON events (organization_id, at, id);
CREATE INDEX events_of_object ON events (organization_id, object_id, number);
CALL protect('events');
REVOKE UPDATE ON events FROM stepwell_app;
CREATE TRIGGER events_are_immutable BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse_update();
