-- The role that servers run as, what every table shares, and the one place that is outside all tenants.
-- The owner of the schema runs migrations; servers do SET ROLE stepwell_app, which can neither bypass a policy
-- nor change a table.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stepwell_app') THEN
        CREATE ROLE stepwell_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    EXECUTE format('GRANT stepwell_app TO %I', current_user);
END
$$;

CREATE FUNCTION hex(id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN replace(id::text, '-', '');
CREATE FUNCTION hexes(ids uuid[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ids = '{}' THEN '{}'::text[] ELSE ARRAY(SELECT replace(id::text, '-', '') FROM unnest(ids) id) END;
-- Two precisions, one a resource type: seconds on processes, tasks, comments and activity, milliseconds elsewhere.
CREATE FUNCTION utc(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
CREATE FUNCTION utc_ms(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Every table of an organization calls this once: the policy, forced for the owner too, and the server's rights.
CREATE PROCEDURE protect(tenant_table regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format($policy$CREATE POLICY own_organization ON %s
        USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)$policy$,
        tenant_table);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO stepwell_app', tenant_table);
END
$$;
REVOKE ALL ON PROCEDURE protect(regclass) FROM PUBLIC;

-- Users, tokens and who belongs where: needed before a tenant is known, and never read directly by a server.
CREATE SCHEMA identity;
CREATE TABLE identity.organizations (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE identity.users (
    id            bigint      PRIMARY KEY,
    email         text        NOT NULL UNIQUE CHECK (email = lower(email)),
    password_hash text,
    created_at    timestamptz NOT NULL
);
CREATE TABLE identity.memberships (   -- kept equal to people by a trigger there
    user_id         bigint NOT NULL REFERENCES identity.users,
    organization_id uuid   NOT NULL REFERENCES identity.organizations,
    role            text   NOT NULL CHECK (role IN ('admin', 'standard', 'light')),
    status          text   NOT NULL CHECK (status IN ('active', 'invited', 'disabled', 'deleted')),
    PRIMARY KEY (user_id, organization_id)
);
CREATE TABLE identity.tokens (
    hash         bytea       PRIMARY KEY,   -- SHA-256 of the token, which is shown once and not kept
    user_id      bigint      NOT NULL REFERENCES identity.users,
    name         text        NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
CREATE INDEX tokens_of_user ON identity.tokens (user_id);
CREATE TABLE identity.id_blocks (     -- the zero organization stands for numbers that are global
    organization_id uuid   NOT NULL,
    kind            text   NOT NULL,
    next            bigint NOT NULL,
    PRIMARY KEY (organization_id, kind)
);

-- Who presents this token, and what may they do in this organization? No row: unknown, expired or revoked token.
-- `role` is null for somebody who does not belong to the organization or is not active in it.
CREATE FUNCTION identity.authenticate(token_hash bytea, in_organization uuid)
    RETURNS TABLE (user_id bigint, role text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
        SELECT token.user_id, membership.role
          FROM identity.tokens token
          LEFT JOIN identity.memberships membership
                 ON membership.user_id = token.user_id AND membership.organization_id = in_organization
                    AND membership.status = 'active'
         WHERE token.hash = token_hash AND token.revoked_at IS NULL
           AND (token.expires_at IS NULL OR token.expires_at > clock_timestamp());
END
$$;

CREATE FUNCTION identity.organizations_of(of_user bigint)
    RETURNS TABLE (organization_id uuid, name text, role text, status text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT membership.organization_id, organization.name, membership.role, membership.status
      FROM identity.memberships membership
      JOIN identity.organizations organization ON organization.id = membership.organization_id
     WHERE membership.user_id = of_user AND membership.status = 'active'
     ORDER BY organization.name, membership.organization_id
$$;

-- Tokens were used: remembered to the minute, in one statement for many requests.
CREATE FUNCTION identity.note_token_use(hashes bytea[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE identity.tokens SET last_used_at = at
     WHERE hash = ANY (hashes) AND (last_used_at IS NULL OR last_used_at < at)
$$;

-- The first number of a block of `size` that is now the caller's alone. Gaps are fine.
CREATE FUNCTION identity.take_ids(of_organization uuid, of_kind text, size int) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO identity.id_blocks AS block (organization_id, kind, next)
    VALUES (of_organization, of_kind, 1 + size)
    ON CONFLICT (organization_id, kind) DO UPDATE SET next = block.next + size
    RETURNING next - size
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT USAGE ON SCHEMA identity TO stepwell_app;
GRANT EXECUTE ON FUNCTION identity.authenticate(bytea, uuid), identity.organizations_of(bigint),
    identity.note_token_use(bytea[], timestamptz), identity.take_ids(uuid, text, int) TO stepwell_app;
