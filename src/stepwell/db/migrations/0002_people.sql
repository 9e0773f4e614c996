-- An organization, its people (members, guests and the bot), its groups and its job titles.
SET LOCAL lock_timeout = '5s';
CREATE TABLE organizations (
    organization_id  uuid        PRIMARY KEY,
    name             text        NOT NULL,
    slug             text        NOT NULL,
    timezone         text        NOT NULL DEFAULT 'UTC',
    working_days     jsonb       NOT NULL,   -- as the API has it: Monday .. Sunday
    default_deadline jsonb       NOT NULL,   -- {"type": "days", "value": 5}
    settings         jsonb       NOT NULL DEFAULT '{}',   -- all other settings, by the API's names
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    last_event       int         NOT NULL DEFAULT 0
);
CALL protect('organizations');

-- The name is known outside the tenant, too.
CREATE FUNCTION identity.copy_name() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE identity.organizations SET name = NEW.name WHERE id = NEW.organization_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER organizations_copy_name AFTER UPDATE OF name ON organizations
    FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION identity.copy_name();

-- One table for whoever can be assigned, so that a task's people are one list: members and guests share one
-- sequence of ids. An address is one person in an organization, member or guest.
CREATE TABLE people (
    organization_id uuid        NOT NULL,
    id              bigint      NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('member', 'guest', 'bot')),
    email           text        NOT NULL CHECK (email = lower(email)),
    username        text,
    first_name      text,
    last_name       text,
    role            text        CHECK (role IN ('admin', 'standard', 'light')),   -- members only
    status          text        NOT NULL CHECK (status IN ('active', 'invited', 'disabled', 'deleted')),
    is_default_admin boolean    NOT NULL DEFAULT false,
    guest_code      text,                                                         -- guests only; a secret
    profile         jsonb       NOT NULL DEFAULT '{}',   -- phone, job_title, timezone ... by the API's names
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    disabled_at     timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, email),
    UNIQUE (organization_id, guest_code)
);
CALL protect('people');

-- Access is decided before the tenant is known, so a member's role and status are copied to identity at once.
CREATE FUNCTION identity.copy_membership() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO identity.memberships (user_id, organization_id, role, status)
    VALUES (NEW.id, NEW.organization_id, NEW.role, NEW.status)
    ON CONFLICT (user_id, organization_id) DO UPDATE SET role = EXCLUDED.role, status = EXCLUDED.status;
    RETURN NULL;
END
$$;
CREATE TRIGGER people_copy_membership AFTER INSERT OR UPDATE OF role, status, kind ON people
    FOR EACH ROW WHEN (NEW.kind = 'member') EXECUTE FUNCTION identity.copy_membership();

-- A member who becomes a guest has no membership any more.
CREATE FUNCTION identity.end_membership() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE identity.memberships SET status = 'deleted'
     WHERE user_id = OLD.id AND organization_id = OLD.organization_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER people_end_membership AFTER UPDATE OF kind ON people
    FOR EACH ROW WHEN (OLD.kind = 'member' AND NEW.kind <> 'member') EXECUTE FUNCTION identity.end_membership();

-- The user with this address, made with the number offered if there is none: who is invited by two organizations is
-- one user.
CREATE FUNCTION identity.user_of(address text, offered bigint, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO identity.users (id, email, created_at) VALUES (offered, address, at) ON CONFLICT (email) DO NOTHING;
    RETURN (SELECT id FROM identity.users WHERE email = address);
END
$$;
-- Does the user belong to another organization, too?
CREATE FUNCTION identity.belongs_elsewhere(of_user bigint, than uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM identity.memberships membership
                    WHERE membership.user_id = of_user AND membership.organization_id <> than
                      AND membership.status IN ('active', 'disabled'))
$$;
-- The tokens of somebody who is active nowhere any more end; no other's.
CREATE FUNCTION identity.revoke_tokens_of_leaver(of_user bigint, at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE identity.tokens SET revoked_at = at
     WHERE user_id = of_user AND revoked_at IS NULL
       AND NOT EXISTS (SELECT FROM identity.memberships membership
                        WHERE membership.user_id = of_user AND membership.status = 'active')
$$;
-- The address of somebody who belongs nowhere any more is free for a new user.
CREATE FUNCTION identity.free_address_of_leaver(of_user bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE identity.users SET email = email || '.deleted.' || id, password_hash = NULL
     WHERE id = of_user AND email NOT LIKE '%.deleted.' || id
       AND NOT EXISTS (SELECT FROM identity.memberships membership
                        WHERE membership.user_id = of_user AND membership.status <> 'deleted')
$$;
REVOKE ALL ON FUNCTION identity.user_of(text, bigint, timestamptz), identity.belongs_elsewhere(bigint, uuid),
    identity.revoke_tokens_of_leaver(bigint, timestamptz), identity.free_address_of_leaver(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.user_of(text, bigint, timestamptz), identity.belongs_elsewhere(bigint, uuid),
    identity.revoke_tokens_of_leaver(bigint, timestamptz), identity.free_address_of_leaver(bigint) TO stepwell_app;

-- Who was asked to become a member and has not accepted yet. The code in the link begins with the organization's id, so
-- that it can be looked up under its tenant; only its SHA-256 is kept.
CREATE TABLE invitations (
    organization_id uuid        NOT NULL,
    person_id       bigint      NOT NULL,
    code_hash       bytea       NOT NULL,
    role            text        NOT NULL CHECK (role IN ('admin', 'standard', 'light')),
    invited_by      bigint      NOT NULL,
    sent_at         timestamptz NOT NULL,                     -- the latest mail's; its code is the only one
    PRIMARY KEY (organization_id, person_id),
    UNIQUE (organization_id, code_hash),
    FOREIGN KEY (organization_id, person_id) REFERENCES people ON DELETE CASCADE
);
CALL protect('invitations');

-- Codes of guests' links that were replaced: whoever still uses one learns that there is another.
CREATE TABLE replaced_guest_codes (
    organization_id uuid        NOT NULL,
    code_hash       bytea       NOT NULL,                     -- SHA-256
    person_id       bigint      NOT NULL,
    replaced_at     timestamptz NOT NULL,
    PRIMARY KEY (organization_id, code_hash),
    FOREIGN KEY (organization_id, person_id) REFERENCES people ON DELETE CASCADE
);
CALL protect('replaced_guest_codes');

-- What a member's own clients keep: small values by name.
CREATE TABLE preferences (
    organization_id uuid        NOT NULL,
    person_id       bigint      NOT NULL,
    slug            text        NOT NULL,
    value           text,
    metadata        jsonb,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, person_id, slug),
    FOREIGN KEY (organization_id, person_id) REFERENCES people ON DELETE CASCADE
);
CALL protect('preferences');

-- A user's organizations, who the user is in each, and how many active members it has: read before a tenant is
-- known, so each organization is entered in turn, and left again at the end.
CREATE FUNCTION identity.houses_of(of_user bigint, every_status boolean)
    RETURNS TABLE (house public.organizations, person public.people, members bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one uuid;
    entered text := coalesce(current_setting('app.organization_id', true), '');
BEGIN
    FOR one IN SELECT membership.organization_id FROM identity.memberships membership
                WHERE membership.user_id = of_user AND membership.status <> 'deleted'
                  AND (every_status OR membership.status = 'active')
    LOOP
        PERFORM set_config('app.organization_id', one::text, true);
        RETURN QUERY
            SELECT organization, member,
                   (SELECT count(*) FROM public.people counted WHERE counted.organization_id = one
                       AND counted.kind = 'member' AND counted.status = 'active')
              FROM public.organizations organization, public.people member
             WHERE organization.organization_id = one AND member.organization_id = one AND member.id = of_user;
    END LOOP;
    PERFORM set_config('app.organization_id', entered, true);
END
$$;
REVOKE ALL ON FUNCTION identity.houses_of(bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.houses_of(bigint, boolean) TO stepwell_app;

-- How far a time zone is from UTC just now, as +05:30; +00:00 for a zone that this database does not know.
CREATE FUNCTION utc_offset(zone text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    ahead interval;
BEGIN
    ahead := (now() AT TIME ZONE zone) - (now() AT TIME ZONE 'UTC');
    RETURN CASE WHEN ahead < interval '0' THEN '-' || to_char(-ahead, 'HH24:MI') ELSE '+' || to_char(ahead, 'HH24:MI') END;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN '+00:00';
END
$$;

CREATE TABLE groups (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    description     text        NOT NULL DEFAULT '',
    logo            text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX groups_name ON groups (organization_id, lower(name));
CALL protect('groups');

CREATE TABLE group_people (
    organization_id uuid   NOT NULL,
    group_id        uuid   NOT NULL,
    person_id       bigint NOT NULL,
    PRIMARY KEY (organization_id, group_id, person_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups ON DELETE CASCADE,
    FOREIGN KEY (organization_id, person_id) REFERENCES people
);
CREATE INDEX group_people_of_person ON group_people (organization_id, person_id);   -- the groups of a caller
CALL protect('group_people');

CREATE TABLE job_titles (
    organization_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    description     text        NOT NULL DEFAULT '',
    users           bigint[]    NOT NULL DEFAULT '{}',   -- who holds it unless a launch says otherwise
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CALL protect('job_titles');

CREATE TABLE stars (
    organization_id uuid   NOT NULL,
    person_id       bigint NOT NULL,
    subject_id      uuid   NOT NULL,   -- a template, a process or a task
    PRIMARY KEY (organization_id, person_id, subject_id),
    FOREIGN KEY (organization_id, person_id) REFERENCES people ON DELETE CASCADE
);
CALL protect('stars');
