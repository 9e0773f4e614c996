"""Tenants are kept apart by the database itself: what its catalogue says of tables, roles and functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from stepwell.organizations.setup import create_group
from tests.conftest import House

Connection = psycopg.Connection[Any]

OUTSIDE_TENANTS = {
    "identity.id_blocks",
    "identity.memberships",
    "identity.organizations",
    "identity.tokens",
    "identity.users",
    "public._yoyo_log",
    "public._yoyo_migration",
    "public._yoyo_version",
    "public.procrastinate_events",
    "public.procrastinate_jobs",
    "public.procrastinate_periodic_defers",
    "public.procrastinate_workers",
    "public.yoyo_lock",
}
"""Exactly what may lack a tenant: users and tokens, the job library's and the migrations' tables."""

TABLES = """
    SELECT namespace.nspname || '.' || class.relname, class.relrowsecurity AND class.relforcerowsecurity
      FROM pg_class class JOIN pg_namespace namespace ON namespace.oid = class.relnamespace
     WHERE class.relkind IN ('r', 'p', 'm', 'f', 'v') AND namespace.nspname !~ '^(pg_|information_schema$)'
"""
COLUMNS = """
    SELECT array_agg(attname::text) FROM pg_attribute
     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull
"""
KEYS = """
    SELECT index.indexrelid::regclass::text, index.indisprimary,
           array(SELECT pg_get_indexdef(index.indexrelid, place, true)
                   FROM generate_series(1, index.indnkeyatts) place)
      FROM pg_index index WHERE index.indrelid = %s::regclass AND index.indisunique
"""
REFERENCES = """
    SELECT reference.conname::text, reference.confrelid::regclass::text,
           array(SELECT a.attname::text FROM unnest(reference.conkey) WITH ORDINALITY key (number, place)
                   JOIN pg_attribute a ON a.attrelid = reference.conrelid AND a.attnum = key.number
                  ORDER BY place),
           array(SELECT a.attname::text FROM unnest(reference.confkey) WITH ORDINALITY key (number, place)
                   JOIN pg_attribute a ON a.attrelid = reference.confrelid AND a.attnum = key.number
                  ORDER BY place)
      FROM pg_constraint reference WHERE reference.conrelid = %s::regclass AND reference.contype = 'f'
"""
POLICIES = """
    SELECT polname::text, polcmd::text, polpermissive, polroles = '{0}', pg_get_expr(polqual, polrelid),
           pg_get_expr(polwithcheck, polrelid)
      FROM pg_policy WHERE polrelid = %s::regclass
"""
OWN_ORGANIZATION = (
    "(organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)"
)


@pytest.fixture
def owner(database: str) -> Iterator[Connection]:
    with psycopg.connect(database) as connection:
        yield connection


@pytest.fixture
def role(database: str) -> Iterator[Connection]:
    """A connection that has taken the role servers run as, as the pool does; no tenant is set."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET ROLE stepwell_app")
        yield connection


def tenant_tables(connection: Connection) -> list[str]:
    return sorted(name for name, _ in connection.execute(TABLES) if name not in OUTSIDE_TENANTS)


def test_what_lacks_a_tenant_is_exactly_this_list(owner: Connection) -> None:
    found = {name for name, _ in owner.execute(TABLES)}
    assert found >= OUTSIDE_TENANTS, f"gone: {OUTSIDE_TENANTS - found}"
    assert len(tenant_tables(owner)) > 20


def test_every_tenant_table_forces_its_policy_on_everybody(owner: Connection) -> None:
    unforced = [name for name, forced in owner.execute(TABLES) if not forced and name not in OUTSIDE_TENANTS]
    assert unforced == []
    wanted = [("own_organization", "*", True, True, OWN_ORGANIZATION, None)]
    found = {name: owner.execute(POLICIES, [name]).fetchall() for name in tenant_tables(owner)}
    assert found == dict.fromkeys(found, wanted)


def test_every_tenant_table_has_an_organization_in_each_row_and_each_key(owner: Connection) -> None:
    wrong = []
    for table in tenant_tables(owner):
        (required,) = owner.execute(COLUMNS, [table]).fetchone() or ([],)
        keys = owner.execute(KEYS, [table]).fetchall()
        if "organization_id" not in required:
            wrong.append(f"{table}: organization_id may be null")
        if not any(primary and columns[0] == "organization_id" for _, primary, columns in keys):
            wrong.append(f"{table}: the primary key does not start with organization_id")
        wrong += [
            f"{name} lacks organization_id" for name, _, columns in keys if columns[0] != "organization_id"
        ]
    assert wrong == []


def test_every_reference_stays_in_the_organization(owner: Connection) -> None:
    wrong = []
    for table in tenant_tables(owner):
        for name, target, columns, target_columns in owner.execute(REFERENCES, [table]):
            pairs = list(zip(columns, target_columns, strict=True))
            if ("organization_id", "organization_id") not in pairs:
                wrong.append(f"{table}.{name} to {target}")
    assert wrong == []


def test_no_index_over_tenants_starts_without_the_organization(owner: Connection) -> None:
    """A GIN index cannot hold the organization; all others can, and then serve one tenant's rows."""
    rows = owner.execute("""
        SELECT class.oid::regclass::text, pg_get_indexdef(index.indexrelid, 1, true),
               index.indrelid::regclass::text
          FROM pg_index index JOIN pg_class class ON class.oid = index.indexrelid
          JOIN pg_am method ON method.oid = class.relam JOIN pg_namespace n ON n.oid = class.relnamespace
         WHERE n.nspname = 'public' AND method.amname = 'btree'
    """).fetchall()
    wrong = [name for name, first, table in rows
             if first != "organization_id" and f"public.{table}" not in OUTSIDE_TENANTS]  # fmt: skip
    assert wrong == []


def test_the_role_of_servers_cannot_bypass_or_own_anything(owner: Connection) -> None:
    attributes = owner.execute(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolcanlogin"
        "  FROM pg_roles WHERE rolname = 'stepwell_app'"
    ).fetchone()
    assert attributes == (False,) * 6
    assert owner.execute(
        "SELECT member.roleid FROM pg_auth_members member WHERE member.member = 'stepwell_app'::regrole"
    ).fetchall() == []  # fmt: skip
    for catalogue, column in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_namespace", "nspowner"),
                              ("pg_type", "typowner"), ("pg_database", "datdba")):  # fmt: skip
        query = sql.SQL("SELECT count(*) FROM {} WHERE {} = 'stepwell_app'::regrole").format(
            sql.Identifier(catalogue), sql.Identifier(column)
        )
        assert owner.execute(query).fetchone() == (0,), catalogue


def test_the_role_of_servers_cannot_change_the_schema(role: Connection) -> None:
    for statement in (
        "CREATE TABLE public.mine (id int)",
        "CREATE TABLE identity.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql RETURN 1",
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own_organization ON tasks",
        "CREATE POLICY everything ON tasks USING (true)",
        "ALTER TABLE tasks ADD COLUMN mine int",
        "CREATE INDEX ON tasks (title)",
        "CREATE TRIGGER mine AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION refuse_update()",
        "TRUNCATE tasks CASCADE",
        "DROP TABLE tasks CASCADE",
        "GRANT SELECT ON identity.tokens TO stepwell_app",
        "CALL protect('_yoyo_migration')",
    ):
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction)):
            role.execute(statement.encode())


def test_the_role_of_servers_reads_nothing_of_identity_but_by_functions(owner: Connection) -> None:
    privileges = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    tables = [name for name, _ in owner.execute(TABLES) if name.startswith("identity.")]
    assert tables
    for table in tables:
        for privilege in privileges:
            row = owner.execute(
                "SELECT has_table_privilege('stepwell_app', %s, %s)", [table, privilege]
            ).fetchone()
            assert row == (False,), f"{privilege} on {table}"


def test_functions_that_run_as_the_owner_fix_where_they_look_names_up(owner: Connection) -> None:
    rows = owner.execute("""
        SELECT f.oid::regprocedure::text, f.proconfig,
               has_function_privilege('public', f.oid, 'EXECUTE') AND f.prorettype <> 'trigger'::regtype
          FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
         WHERE f.prosecdef AND n.nspname !~ '^(pg_|information_schema$)'
    """).fetchall()
    assert len(rows) >= 4
    wrong = [name for name, config, everybody in rows
             if everybody or "search_path=pg_catalog, pg_temp" not in (config or [])]  # fmt: skip
    assert wrong == []


def test_what_is_never_changed_cannot_be_updated(role: Connection, owner: Connection) -> None:
    for table in ("events", "template_versions"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute(
                sql.SQL("UPDATE {} SET organization_id = organization_id").format(sql.Identifier(table))
            )


def test_without_a_tenant_nothing_is_seen(role: Connection, house: House) -> None:
    for table in tenant_tables(role):
        schema, name = table.split(".")
        count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
        assert role.execute(count).fetchone() == (0,), table


def test_a_tenant_sees_and_changes_its_own_rows_alone(
    role: Connection, database: str, house: House, other_house: House
) -> None:
    with psycopg.connect(database) as setup:
        theirs = create_group(
            setup, other_house.id, "Their group", [other_house.ada.user_id], datetime.now(UTC)
        )
    with role.transaction():
        role.execute("SELECT set_config('app.organization_id', %s, true)", [str(house.id)])
        for table in tenant_tables(role):
            foreign = sql.SQL("SELECT count(*) FROM {} WHERE organization_id <> %s").format(
                sql.Identifier(*table.split("."))
            )
            assert role.execute(foreign, [house.id]).fetchone() == (0,), table
        assert role.execute("UPDATE groups SET name = 'x' WHERE id = %s", [theirs]).rowcount == 0
        assert role.execute("DELETE FROM groups WHERE id = %s", [theirs]).rowcount == 0
    values = [other_house.id, theirs]
    for statement in (
        "UPDATE job_titles SET organization_id = %s WHERE %s IS NOT NULL",
        "INSERT INTO group_people (organization_id, group_id, person_id) VALUES (%s, %s, 1)",
    ):
        with role.transaction(force_rollback=True):
            role.execute("SELECT set_config('app.organization_id', %s, true)", [str(house.id)])
            role.execute(
                "INSERT INTO job_titles VALUES (%s, %s, 'Buyer', '', '{}', now(), now())", [house.id, theirs]
            )
            with pytest.raises(psycopg.errors.InsufficientPrivilege), role.transaction():
                role.execute(statement, values)
    with psycopg.connect(database) as check:
        check.execute("SELECT set_config('app.organization_id', %s, true)", [str(other_house.id)])
        assert check.execute("SELECT name FROM groups WHERE id = %s", [theirs]).fetchone() == ("Their group",)
