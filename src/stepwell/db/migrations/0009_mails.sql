-- Outgoing mail: written by the command that causes it, sent by a job, and kept as the log of what went to whom.
SET LOCAL lock_timeout = '5s';
CREATE TABLE mails (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    kind            text        NOT NULL,                     -- why it is sent: email_task ...
    task_id         uuid,                                     -- a task may be deleted before its mails
    subject         text        NOT NULL,
    body            text        NOT NULL,                     -- HTML, safe to show, without the frame around it
    sender_name     text        NOT NULL,                     -- the address is that of the installation
    reply_to        text,
    framed          boolean     NOT NULL,                     -- with header and footer
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX mails_newest ON mails (organization_id, created_at, id);
CALL protect('mails');

-- One row for each person, who gets a mail of his own: nobody learns who else was written to.
CREATE TABLE mail_recipients (
    organization_id uuid        NOT NULL,
    mail_id         uuid        NOT NULL,
    place           int         NOT NULL,
    person_id       bigint,                                   -- null: somebody who is not of the organization
    email           text        NOT NULL,
    name            text        NOT NULL,
    is_copy         boolean     NOT NULL,                     -- the sender's own
    message_id      text        NOT NULL,                     -- of every attempt, so that a repeat is recognised
    state           text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
    attempts        int         NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    error           text,                                     -- why the latest attempt failed, or why it was dropped
    settled_at      timestamptz,                              -- when it was sent, given up or dropped
    PRIMARY KEY (organization_id, mail_id, place),
    FOREIGN KEY (organization_id, mail_id) REFERENCES mails ON DELETE CASCADE,
    FOREIGN KEY (organization_id, person_id) REFERENCES people
);
CREATE INDEX mail_recipients_of_address ON mail_recipients (organization_id, email, mail_id);
CREATE INDEX mail_recipients_failed ON mail_recipients (organization_id, mail_id) WHERE state = 'failed';
CALL protect('mail_recipients');
