"""The command line, on a database that a server uses at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from stepwell.cli import parser
from tests.conftest import ROOT, Server, free_port


def stepwell(database: str, *arguments: str, text: str = "", status: int = 0) -> str:
    """What a command printed: its results when it succeeded, and its complaint when it did not."""
    environment = {**os.environ, "STEPWELL_DATABASE_URL": database, "STEPWELL_PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "-m", "stepwell.cli", *arguments],
        input=text, capture_output=True, text=True, env=environment, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == status, f"{arguments}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return (done.stderr if status else done.stdout).strip()


@pytest.fixture(scope="module")
def organization(database: str) -> str:
    return stepwell(database, "organization", "add", "Typed Ltd", "--timezone", "Europe/Paris")


def add_member(database: str, organization: str, role: str = "admin", **more: str) -> str:
    """A new member's address."""
    email = f"{uuid4().hex[:8]}@typed.example"
    stepwell(
        database, "member", "add", "--organization", organization, "--email", email, "--role", role,
        "--first-name", "Ada", "--last-name", "Typed",
    )  # fmt: skip
    return email


def call(server: Server, token: str, path: str) -> httpx.Response:
    return httpx.get(f"{server.api}{path}", headers={"Authorization": f"Bearer {token}"})


def test_an_organization_and_a_member_can_be_used_at_once(
    database: str, server: Server, organization: str
) -> None:
    assert UUID(organization).hex == organization
    assert f"{organization}  Typed Ltd" in stepwell(database, "organization", "list").splitlines()
    email = add_member(database, organization)
    listed = stepwell(database, "member", "list", "--organization", organization)
    assert any(email in line and "admin  active  Ada Typed" in line for line in listed.splitlines())
    named = ("--organization", organization, "--email", email, "--name", "laptop")
    token = stepwell(database, "token", "create", *named, "--days", "7")
    me = call(server, token, f"/organizations/{organization}/me").json()["data"]
    assert (me["email"], me["timezone"], me["is_default_admin"]) == (email, "Europe/Paris", True)
    second = add_member(database, organization)
    other = stepwell(
        database, "token", "create", "--organization", organization, "--email", second, "--name", "x"
    )
    assert not call(server, other, f"/organizations/{organization}/me").json()["data"]["is_default_admin"]


@pytest.mark.rule("G-105")
def test_revoked_tokens_are_dead_at_once(database: str, server: Server, organization: str) -> None:
    email = add_member(database, organization, "standard")
    member = ("--organization", organization, "--email", email)
    laptop, phone, desk = (
        stepwell(database, "token", "create", *member, "--name", name) for name in ("laptop", "phone", "desk")
    )
    assert "Revoked 1 token " in stepwell(database, "token", "revoke", *member, "--name", "laptop")
    assert [call(server, token, "/me").status_code for token in (laptop, phone)] == [401, 200]
    assert "Revoked 2 tokens" in stepwell(database, "token", "revoke", *member, "--all")
    assert [call(server, token, "/me").status_code for token in (phone, desk)] == [401, 401]
    assert "no such token" in stepwell(database, "token", "revoke", *member, "--all", status=1)


def test_groups_have_members_and_guests(database: str, server: Server, organization: str) -> None:
    email = add_member(database, organization)
    guest = f"{uuid4().hex[:8]}@supplier.example"
    stepwell(database, "guest", "add", "--organization", organization, "--email", guest, "--first-name", "Mo")
    name = ("--organization", organization, "--name", "Night shift")
    group = stepwell(database, "group", "add", *name, "--member", email, "--guest", guest)
    token = stepwell(
        database, "token", "create", "--organization", organization, "--email", email, "--name", "x"
    )
    found = call(server, token, f"/organizations/{organization}/groups/{group}").json()["data"]
    assert found["guests"] == [guest]
    assert len(found["members"]) == 1
    assert "already" in stepwell(database, "group", "add", *name, status=1)


def test_a_password_comes_from_standard_input(database: str, organization: str) -> None:
    def add(text: str, status: int = 0) -> str:
        arguments = ("--role", "light", "--first-name", "A", "--last-name", "B", "--password-stdin")
        email = f"{uuid4().hex[:8]}@typed.example"
        where = ("member", "add", "--organization", organization, "--email", email)
        return stepwell(database, *where, *arguments, text=text, status=status)

    user_id = int(add("Correct horse 1\n"))
    with psycopg.connect(database) as owner:
        row = owner.execute("SELECT password_hash FROM identity.users WHERE id = %s", [user_id]).fetchone()
    assert row is not None
    assert row[0].startswith("$argon2id$")
    assert "6 to 127 characters" in add("weak\n", status=1)
    assert "holds no password" in add("", status=1)


MEMBER = ("--role", "light", "--first-name", "A", "--last-name", "B")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("organization", "add", " "), "An organization's name has 1 to 50 characters"),
        (("organization", "add", "X", "--timezone", "Mars/Base"), "'Mars/Base' is no time zone"),
        (("organization", "add", "X", "--timezone", "../../etc/passwd"), "is no time zone"),
        (("member", "list", "--organization", "acme"), "'acme' is no organization id"),
        (("member", "list", "--organization", "0" * 32), "There is no organization 00000000"),
        (("member", "add", "--organization", "{org}", "--email", "ada", *MEMBER), "'ada' is no e-mail address"),
        (("token", "create", "--organization", "{org}", "--email", "x@y.example", "--name", "n"), "is no member"),
        (("group", "add", "--organization", "{org}", "--name", "G", "--guest", "x@y.example"), "no member or guest"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line(
    database: str, organization: str, arguments: tuple[str, ...], complaint: str
) -> None:
    said = stepwell(database, *(one.format(org=organization) for one in arguments), status=1)
    assert complaint in said
    assert said.startswith("stepwell: ")
    assert len(said.splitlines()) == 1


def test_an_address_is_one_person_of_an_organization(database: str, organization: str) -> None:
    email = add_member(database, organization)
    again = ("--organization", organization, "--email", email.upper(), "--first-name", "A")
    assert "is a member of this organization already" in stepwell(
        database, "member", "add", *again, "--last-name", "B", "--role", "light", status=1
    )
    assert "is a member of this organization already" in stepwell(database, "guest", "add", *again, status=1)


def test_wrong_usage_shows_how_it_is_meant(database: str) -> None:
    assert "usage: stepwell" in stepwell(database, "member", "add", status=2)
    assert "must be a whole number from 1 to 65535" in stepwell(database, "serve", "--port", "0", status=2)
    assert "required" in stepwell(database, status=2)


def test_a_port_is_not_shared_with_another_server(database: str, server: Server) -> None:
    port = server.origin.rsplit(":", 1)[1]
    assert f"Port {port} of 127.0.0.1 is not free" in stepwell(database, "serve", "--port", port, status=1)


def test_an_unreachable_database_is_named() -> None:
    nowhere = make_conninfo("", host="127.0.0.1", port=1, dbname="none", password="Secret-1")
    said = stepwell(nowhere, "organization", "list", status=1)
    assert "the database cannot be reached" in said
    assert "Secret-1" not in said


def test_the_doctor_finds_a_healthy_database(database: str) -> None:
    report = stepwell(database, "doctor")
    assert [line for line in report.splitlines() if not line.startswith("ok ")] == []
    assert "The schema is up to date" in report


@pytest.fixture
def bare_database(database: str) -> Iterator[str]:
    """A database without Stepwell's schema."""
    name = f"bare_{uuid4().hex[:12]}"
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    yield make_conninfo(database, dbname=name)
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_doctor_sees_missing_migrations_and_migrate_applies_them(bare_database: str) -> None:
    assert stepwell(bare_database, "doctor", status=1) == ""
    applied = stepwell(bare_database, "migrate").splitlines()
    assert applied[0] == "0001_foundations"
    assert stepwell(bare_database, "migrate") == "The schema is up to date."
    stepwell(bare_database, "doctor")


def documented_commands() -> set[str]:
    """Every command that has a heading in docs/command-line.md."""
    text = (ROOT / "docs" / "command-line.md").read_text()
    return {
        line.removeprefix("## stepwell ").strip()
        for line in text.splitlines()
        if line.startswith("## stepwell ")
    }


def test_every_command_is_documented() -> None:
    found: set[str] = set()
    for name, command in _commands(parser()):
        inner = list(_commands(command))
        found |= {f"{name} {verb}" for verb, _ in inner} or {name}
    assert documented_commands() == found


def _commands(of: object) -> Iterator[tuple[str, object]]:
    for action in of._actions:  # type: ignore[attr-defined]  # argparse shows its commands nowhere else
        if isinstance(getattr(action, "choices", None), dict):
            yield from action.choices.items()
