"""A demo organization: filled once, through the application's own commands and routes, and found again afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from stepwell.app import create_app
from stepwell.demo.caller import Api, DemoClock
from stepwell.demo.drawing import Known, draw, written_templates
from stepwell.demo.working import Story
from stepwell.organizations import setup
from stepwell.organizations.lookup import organizations, revoke_tokens
from stepwell.organizations.setup import NewMember, Owner
from stepwell.server import running_services
from stepwell.settings import Settings

ORGANIZATION = "Tidewater Cooperative"
DOMAIN = "tidewater.example"
MEMBERS = {
    "ines": ("Ines", "Calder", "admin"),
    "marek": ("Marek", "Novak", "standard"),
    "priya": ("Priya", "Shah", "standard"),
    "jonas": ("Jonas", "Lind", "standard"),
    "sofia": ("Sofia", "Reyes", "standard"),
    "ben": ("Ben", "Okafor", "light"),
    "lena": ("Lena", "Vogel", "light"),
    "yuki": ("Yuki", "Tanaka", "light"),
}
GUESTS = {
    "orders@millbrook.example": ("Rosa", "Miller", "Millbrook Mill"),
    "client@limestreet.example": ("Omar", "Haddad", None),
    "patient@clinic.example": ("Elin", "Berg", None),
    "newcomer@tidewater-mail.example": ("Amara", "Cole", None),
    "quality@northmotors.example": ("Victor", "Chen", "North Motors"),
}
GROUPS = {
    "Kitchen": ["marek", "ben", "lena"],
    "Workshop": ["jonas", "yuki"],
    "Front desk": ["sofia", "lena"],
}
JOB_TITLES = {"Site manager": ["jonas"], "Duty pharmacist": ["sofia"], "Account holder": ["priya"]}
FOLDERS = ("Bakery", "Workshop", "Clinic", "Office")
FIRST_LAUNCH = "Invoice approval"  # its kick-off form asks for nothing
OPENED_DAYS_AGO = 60
LOCK = "SELECT pg_advisory_lock(hashtext('stepwell demo'))"


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a demo organization, and what they sign in with."""

    organization_id: UUID
    known: Known
    users: list[dict[str, str]]
    tokens: dict[int, str]


def open_demo(settings: Settings, conninfo: str) -> str:
    """Find the demo, or fill one, and say how to use it."""
    path = settings.data_dir / "demo.json"
    with psycopg.connect(conninfo, autocommit=True) as owner:
        owner.execute(LOCK)  # two servers that start at once fill one demo; the lock goes with the connection
        found = _found(owner, path)
        if found is None:
            found = _fill(settings, conninfo, owner)
    origin = _origin(settings)
    found = {"base_url": f"{origin}/api", "web_url": f"{origin}/", **found}
    _keep(path, found)
    return _greeting(found, path)


def _found(owner: Owner, path: Path) -> dict[str, Any] | None:
    """What demo.json says, unless it is of another database."""
    try:
        kept = json.loads(path.read_text("utf-8"))
        wanted = {key: kept[key] for key in ("organization_id", "template_id", "token", "users")}
        organization_id = UUID(wanted["organization_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    there = any(id_ == organization_id for id_, _ in organizations(owner))
    return wanted if there else None


def _fill(settings: Settings, conninfo: str, owner: Owner) -> dict[str, Any]:
    now = datetime.now(UTC)
    with owner.transaction():
        _leave_earlier_demos(owner)
        cast = _make_people(owner, now - timedelta(days=OPENED_DAYS_AGO))
    template_id = asyncio.run(_make_work(settings, conninfo, cast, now))
    return {
        "organization_id": cast.organization_id.hex,
        "template_id": template_id,
        "token": cast.users[0]["token"],
        "users": cast.users,
    }


def _leave_earlier_demos(owner: Owner) -> None:
    """Nobody is active any more in a demo that was not filled to its end, or whose demo.json is gone."""
    for organization_id, name in organizations(owner):
        if name == ORGANIZATION:
            setup.enter(owner, organization_id)
            owner.execute(
                "UPDATE people SET status = 'disabled', disabled_at = now(), is_default_admin = false"
                " WHERE organization_id = %s AND kind = 'member' AND email LIKE %s",
                [organization_id, f"%@{DOMAIN}"],
            )


def _make_people(owner: Owner, at: datetime) -> Cast:
    organization_id = setup.create_organization(owner, ORGANIZATION, "Europe/Lisbon", at)
    ids: dict[str, int] = {}
    users: list[dict[str, str]] = []
    tokens: dict[int, str] = {}
    for name, (first, last, role) in MEMBERS.items():
        password = f"Tide-{secrets.token_hex(4)}-1"
        email = f"{name}@{DOMAIN}"
        member = NewMember(email, role, first, last, timezone="Europe/Lisbon")
        ids[name] = setup.add_member(owner, organization_id, member, at)
        setup.set_password(owner, ids[name], password)
        revoke_tokens(owner, ids[name], "demo", at)
        tokens[ids[name]] = setup.create_token(owner, ids[name], "demo", at)
        users.append({"email": email, "password": password, "role": role, "token": tokens[ids[name]]})
    for email, (first, last, company) in GUESTS.items():
        details = {"company_name": company} if company else {}
        setup.add_guest(owner, organization_id, email, at, first_name=first, last_name=last, **details)
    groups = {
        name: setup.create_group(owner, organization_id, name, [ids[one] for one in people], at).hex
        for name, people in GROUPS.items()
    }
    titles = {
        name: setup.create_job_title(owner, organization_id, name, [ids[one] for one in people], at).hex
        for name, people in JOB_TITLES.items()
    }
    return Cast(organization_id, Known(ids, groups, titles, {}), users, tokens)


async def _make_work(settings: Settings, conninfo: str, cast: Cast, now: datetime) -> str:
    """Templates and processes, by the members themselves. Returns the id of a template worth a first launch."""
    clock = DemoClock(now, now - timedelta(days=OPENED_DAYS_AGO - 1))
    async with running_services(settings, conninfo) as services:
        services.clock = clock
        api = Api(create_app(services), cast.organization_id.hex)
        admin = cast.users[0]["token"]
        known = await _with_folders(api, admin, cast.known)
        drawn = [await draw(api, admin, written, known) for written in written_templates()]
        starters = [user["token"] for user in cast.users if user["role"] != "light"]
        story = Story(api, clock, cast.tokens, starters, admin)
        for row, one in enumerate(drawn):
            await story.tell(one, row)
    return next(one.id for one in drawn if one.written["title"] == FIRST_LAUNCH)


async def _with_folders(api: Api, token: str, known: Known) -> Known:
    folders = {}
    for name in FOLDERS:
        made = await api(token, "POST", "/folders", {"name": name, "folder_type": "checklist"})
        folders[name] = made["id"]
    return replace(known, folders=folders)


def _origin(settings: Settings) -> str:
    """Where a browser on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - not bound here
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _keep(path: Path, found: dict[str, Any]) -> None:
    """Write demo.json, whole or not at all, for its owner's eyes only: it holds passwords and tokens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    draft.replace(path)


GREETING = """
{name}: a demo with people, templates and processes

  Address    {web_url}
  Sign in    {email}  {password}
  API        {base_url}
  API token  {token}

Launch a process:

  curl -X POST {base_url}/organizations/{organization_id}/runs \\
    -H "Authorization: Bearer {token}" -H "Content-Type: application/json" \\
    -d '{body}'

Everything is in {path}.
"""


def _greeting(found: dict[str, Any], path: Path) -> str:
    first = found["users"][0]
    body = json.dumps({"checklist_id": found["template_id"], "name": "Invoice 2041"})
    return GREETING.format(
        name=ORGANIZATION,
        email=first["email"],
        password=first["password"],
        body=body,
        path=path,
        **{key: found[key] for key in ("web_url", "base_url", "token", "organization_id")},
    )
