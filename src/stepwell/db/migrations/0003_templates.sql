-- A template's draft is ordinary rows; what processes are launched from is a frozen version of it.
SET LOCAL lock_timeout = '5s';
CREATE TABLE folders (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    number          bigint      NOT NULL,
    name            text        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('checklist', 'run')),   -- template or process folder
    parent_id       uuid,
    position        int         NOT NULL,
    custom_fields   jsonb       NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, parent_id) REFERENCES folders
);
CREATE INDEX folders_of_parent ON folders (organization_id, parent_id, position);
CALL protect('folders');

CREATE TABLE templates (
    organization_id   uuid        NOT NULL,
    id                uuid        NOT NULL,
    number            bigint      NOT NULL,
    type              text        NOT NULL CHECK (type IN ('procedure', 'form', 'document')),
    title             text        NOT NULL,
    alias             text        NOT NULL,
    summary           text,
    readiness         text        CHECK (readiness IN ('started', 'in_progress', 'finishing', 'published')),
    guidance          text,
    icon              text,
    webhook           text,
    explanation_video text,
    kickoff_title     text,
    kickoff_description text,
    folder_id         uuid,
    default_folder    uuid,                                   -- a process folder
    folder_changeable_by_launcher boolean NOT NULL DEFAULT false,
    folderize_process boolean     NOT NULL DEFAULT false,
    tag_process       boolean     NOT NULL DEFAULT false,
    auto_naming       boolean     NOT NULL DEFAULT false,
    default_process_name_format text,
    allow_launcher_change_name boolean NOT NULL DEFAULT false,
    can_add_oot       boolean     NOT NULL DEFAULT true,      -- one-off tasks may be added to its processes
    is_public         boolean     NOT NULL DEFAULT false,
    is_featured       boolean     NOT NULL DEFAULT false,
    public_cover      text,
    industry_tags     jsonb       NOT NULL DEFAULT '[]',
    topic_tags        jsonb       NOT NULL DEFAULT '[]',
    is_public_kickoff boolean     NOT NULL DEFAULT false,
    kickoff_sharing_user_id bigint,
    ko_form_blueprint_id uuid,                                -- the template whose kick-off form is shown instead
    is_pinned         boolean     NOT NULL DEFAULT false,
    dual_version_enabled boolean  NOT NULL DEFAULT false,
    is_published_state boolean    NOT NULL DEFAULT false,
    replace_state_conditionally boolean NOT NULL DEFAULT false,
    users             bigint[]    NOT NULL DEFAULT '{}',      -- default access, beside the permissions
    groups            uuid[]      NOT NULL DEFAULT '{}',
    contributors      bigint[]    NOT NULL DEFAULT '{}',
    privacy           text        NOT NULL DEFAULT 'organization',
    settings          jsonb       NOT NULL DEFAULT '{}',
    custom_fields     jsonb       NOT NULL DEFAULT '{}',
    created_by        bigint      NOT NULL,
    owner_id          bigint      NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    updated_by        bigint,
    archived_at       timestamptz,
    version           int         NOT NULL DEFAULT 1,         -- the number that the draft has or will get
    draft_version_id  uuid,        -- the frozen version that equals the draft; null once it was edited
    published_version_id uuid,     -- dual versions: what launches use
    publication_task_id uuid,      -- the approval that was asked for, and what it would publish
    proposed_version_id uuid,
    last_event        int         NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, alias),
    FOREIGN KEY (organization_id, folder_id) REFERENCES folders,
    FOREIGN KEY (organization_id, default_folder) REFERENCES folders,
    FOREIGN KEY (organization_id, created_by) REFERENCES people,
    FOREIGN KEY (organization_id, owner_id) REFERENCES people
);
CREATE INDEX templates_by_update ON templates (organization_id, is_pinned, updated_at, id);
CREATE INDEX templates_of_folder ON templates (organization_id, folder_id) WHERE folder_id IS NOT NULL;
CALL protect('templates');

CREATE TABLE template_stages (
    organization_id uuid        NOT NULL,
    template_id     uuid        NOT NULL,
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    position        int         NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, template_id, id),
    FOREIGN KEY (organization_id, template_id) REFERENCES templates ON DELETE CASCADE
);
CALL protect('template_stages');

CREATE TABLE template_steps (
    organization_id uuid        NOT NULL,
    template_id     uuid        NOT NULL,
    id              uuid        NOT NULL,
    position        int         NOT NULL,
    alias           text        NOT NULL,
    title           text        NOT NULL,
    summary         text,
    step_type       text        NOT NULL DEFAULT 'task',
    stage_id        uuid,
    max_assignable  int,
    allow_guest_owners boolean  NOT NULL DEFAULT true,
    skip_start_process boolean  NOT NULL DEFAULT false,       -- mandatory: cannot be left out at launch
    can_complete_only_assignees boolean NOT NULL DEFAULT false,
    everyone_must_complete boolean NOT NULL DEFAULT false,
    prevent_guest_comment boolean NOT NULL DEFAULT false,
    is_soft_start_date boolean  NOT NULL DEFAULT true,
    start_date      jsonb       NOT NULL DEFAULT '{"value": 2, "unit": "hours"}',
    deadline        jsonb,                                    -- {value, unit, option, step}; null: the organization's
    role_changes_every_time boolean NOT NULL DEFAULT false,
    assign_run_starter boolean  NOT NULL DEFAULT true,
    top_secret      boolean     NOT NULL DEFAULT false,
    send_chromeless boolean     NOT NULL DEFAULT false,
    webhook         text,
    bp_to_launch    jsonb,                                    -- the follow-up template
    assignees       bigint[]    NOT NULL DEFAULT '{}',
    guests          text[]      NOT NULL DEFAULT '{}',
    groups          uuid[]      NOT NULL DEFAULT '{}',
    roles           uuid[]      NOT NULL DEFAULT '{}',        -- job titles
    hide_by_default boolean     NOT NULL DEFAULT false,
    ask_guest_at_launch boolean NOT NULL DEFAULT false,
    ai_assigned     boolean     NOT NULL DEFAULT false,
    ai_allowed_app_keys jsonb   NOT NULL DEFAULT '[]',
    ai_on_uncertainty text,
    custom_fields   jsonb       NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, template_id, id),
    FOREIGN KEY (organization_id, template_id) REFERENCES templates ON DELETE CASCADE
);
CREATE INDEX template_steps_in_order ON template_steps (organization_id, template_id, position);
CALL protect('template_steps');

CREATE TABLE template_fields (
    organization_id uuid        NOT NULL,
    template_id     uuid        NOT NULL,
    id              uuid        NOT NULL,
    step_id         uuid,                                     -- null: a field of the kick-off form
    position        int         NOT NULL,
    alias           text        NOT NULL,
    field_type      text        NOT NULL,
    label           text        NOT NULL,
    guidance        text,
    required        boolean     NOT NULL,
    options         jsonb       NOT NULL DEFAULT '[]',
    columns         jsonb       NOT NULL DEFAULT '[]',
    field_validation jsonb      NOT NULL DEFAULT '[]',
    default_value   jsonb,
    default_value_enabled boolean NOT NULL DEFAULT false,
    collect_time    boolean     NOT NULL DEFAULT false,
    use_wysiwyg_editor boolean  NOT NULL DEFAULT false,
    prefix          text,
    suffix          text,
    settings        jsonb       NOT NULL DEFAULT '{}',
    list            jsonb,
    custom_fields   jsonb       NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, template_id, id),
    FOREIGN KEY (organization_id, template_id) REFERENCES templates ON DELETE CASCADE,
    FOREIGN KEY (organization_id, template_id, step_id) REFERENCES template_steps ON DELETE CASCADE
);
CREATE INDEX template_fields_in_order ON template_fields (organization_id, template_id, step_id, position);
CALL protect('template_fields');

CREATE TABLE template_rules (
    organization_id uuid        NOT NULL,
    template_id     uuid        NOT NULL,
    id              uuid        NOT NULL,
    position        int         NOT NULL,
    name            text        NOT NULL,
    conditions      jsonb       NOT NULL,   -- as the API has them, in order
    actions         jsonb       NOT NULL,
    generated       boolean     NOT NULL DEFAULT false,       -- made, and taken away, by forcing a sequence
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, template_id, id),
    FOREIGN KEY (organization_id, template_id) REFERENCES templates ON DELETE CASCADE
);
CALL protect('template_rules');

CREATE TABLE template_permissions (
    organization_id uuid     NOT NULL,
    template_id     uuid     NOT NULL,
    permission      text     NOT NULL CHECK (permission IN
        ('CHECKLIST_READ', 'CHECKLIST_EDIT', 'PROCESS_LAUNCH', 'CHECKLIST_DUPLICATE', 'PROCESS_READ')),
    everyone        boolean  NOT NULL,      -- every admin and standard member; a light member must be named
    users           bigint[] NOT NULL DEFAULT '{}',
    groups          uuid[]   NOT NULL DEFAULT '{}',
    PRIMARY KEY (organization_id, template_id, permission),
    FOREIGN KEY (organization_id, template_id) REFERENCES templates ON DELETE CASCADE
);
CALL protect('template_permissions');

-- Frozen at the first launch (or publication) after an edit, and never changed. Versions outlive their template,
-- because processes point to them for ever: there is no foreign key to templates on purpose.
CREATE TABLE template_versions (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    template_id     uuid        NOT NULL,
    number          int         NOT NULL,
    definition      jsonb       NOT NULL,   -- the template in the API's shape, with steps, fields and rules
    hash            bytea       NOT NULL,   -- SHA-256 of the definition
    texts           jsonb       NOT NULL,   -- the instructions alone, by step id: what reading one task needs
    base_id         uuid,                   -- of one that running processes made by inserting steps: what they ran on
    inserted        jsonb       NOT NULL DEFAULT '[]',   -- the templates whose steps it has besides, and their forms
    created_by      bigint,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX template_versions_numbered ON template_versions (organization_id, template_id, number)
    WHERE base_id IS NULL;
CREATE INDEX template_versions_extended ON template_versions (organization_id, base_id) WHERE base_id IS NOT NULL;
CALL protect('template_versions');
REVOKE UPDATE ON template_versions FROM stepwell_app;
CREATE FUNCTION refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never updated', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER template_versions_are_immutable BEFORE UPDATE ON template_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_update();

CREATE TABLE snippets (
    organization_id uuid        NOT NULL,
    id              bigint      NOT NULL,
    title           text        NOT NULL,
    content         text        NOT NULL,
    is_public       boolean     NOT NULL DEFAULT false,
    created_by      bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CALL protect('snippets');
