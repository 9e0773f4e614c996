"""A furnished organization: one object of every kind that a path can name, and what its rows look like."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from stepwell.db.ids import new_id
from stepwell.http.routing import Route
from stepwell.organizations.setup import create_group, enter
from tests.conftest import House, make_house

FAR = 7_000_000_000  # integer ids start here, so that no other number in an answer looks like one of them
TENANT_TABLES = """
    SELECT class.relname::text FROM pg_class class
     WHERE class.relnamespace = 'public'::regnamespace AND class.relkind = 'r' AND class.relrowsecurity
     ORDER BY 1
"""
WAITING_JOBS = """
    SELECT count(*) FROM procrastinate_jobs
     WHERE args ->> 'organization_id' = %s AND status IN ('todo', 'doing')
"""


@dataclass(frozen=True)
class World:
    """An organization with `ids` by kind; every text in it contains `mark`."""

    house: House
    mark: str
    ids: dict[str, str]
    database: str

    def path(self, route: Route, ids: dict[str, str], organization: str | None = None) -> str:
        """The path of a route (from the API root) with these ids."""
        return route.path.format(org=organization or self.house.id.hex, **ids)

    def ids_of(self, route: Route) -> dict[str, str]:
        """Ids of this organization for the parameters of a route, that belong together."""
        return {name: self.ids[kind] for name, kind in kinds_of(route).items()}

    def rows(self) -> dict[str, list[str]]:
        """Every row of the organization in every table, as text."""
        with psycopg.connect(self.database) as owner:
            enter(owner, self.house.id)
            return {
                name: _rows(owner, name, self.house.id) for (name,) in owner.execute(TENANT_TABLES).fetchall()
            }


def _rows(owner: psycopg.Connection[Any], table: str, organization_id: UUID) -> list[str]:
    query = sql.SQL("SELECT to_jsonb(one)::text AS row FROM {} one WHERE organization_id = %s ORDER BY 1")
    rows = owner.execute(query.format(sql.Identifier(table)), [organization_id]).fetchall()
    return [str(row[0]) for row in rows]


KINDS = {
    "template_id": "template",
    "step_id": "step",
    "capture_id": "field",
    "field_id": "field",
    "prerun_id": "prerun",
    "rule_id": "rule",
    "stage_id": "stage",
    "process_id": "process",
    "task_id": "task",
    "comment_id": "comment",
    "thread_id": "template comment",
    "tag_id": "tag",
    "folder_id": "folder",
    "snippet_id": "snippet",
    "group_id": "group",
    "title_id": "job title",
    "user_id": "user",
    "guest": "guest",
    "association_id": "step tag",
    "object_id": "folder object",
    "relation_id": "folder object",
}
KINDS_UNDER = {
    ("/runs/{process_id}/comment/", "comment_id"): "process comment",
    ("/tags/", "association_id"): "step tag",
    ("/runs/{process_id}/tags/", "association_id"): "process tag",
    ("/tasks/{task_id}/tags/", "association_id"): "task tag",
    ("/checklists/{template_id}/tags/", "association_id"): "template tag",
}
NO_IDS = {"org", "permission", "emoji", "share_with", "format", "slug"}
"""Parameters that name no object of an organization; `org` has a test of its own."""


class UnknownKindError(Exception):
    """A route takes an id of a kind that is not furnished here: add it to KINDS and to `furnish`."""


def kinds_of(route: Route) -> dict[str, str]:
    """What the id parameters of a route name, in the order of the path."""
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    found: dict[str, str] = {}
    for name in names:
        special = [kind for (part, of), kind in KINDS_UNDER.items() if of == name and part in route.path]
        if name in NO_IDS:
            continue
        if not special and name not in KINDS:
            raise UnknownKindError(f"{name} in {route.path}")
        found[name] = special[-1] if special else KINDS[name]
    return found


REFERENCES = {
    "users": "user", "assignees": "user", "contributors": "user", "members": "user", "owner_id": "user",
    "user_id": "user", "override_user": "user", "kickoff_sharing_user_id": "user", "groups": "group",
    "folders": "folder", "tags": "tag", "roles": "job title", "task_id": "task", "checklist_id": "template",
    "parent_id": "process", "folder_id": "folder", "default_folder": "process folder", "tag_id": "tag",
    "step_id": "step", "stage_id": "stage", "thread_id": "comment", "ko_form_blueprint_id": "template",
    "object_id": "process",
}  # fmt: skip
"""Keys of bodies that name an object; `owners` and the like are made of them."""

CONSTANTS = {"permission": "CHECKLIST_READ", "emoji": "%F0%9F%91%8D", "share_with": "user", "format": "csv",
             "slug": "theme"}  # fmt: skip


def make_world(database: str, origin: str, name: str) -> World:
    """A new organization with one object of every kind."""
    with psycopg.connect(database) as owner:
        owner.execute(
            "INSERT INTO identity.id_blocks AS block VALUES (%s, 'person', %s) ON CONFLICT (organization_id, kind)"
            " DO UPDATE SET next = greatest(block.next, EXCLUDED.next)",
            [UUID(int=0), FAR],
        )
    house = make_house(database, origin, name)
    world = World(house, f"{name} {secrets.token_hex(6)}", {**CONSTANTS}, database)
    _draw_template(world)
    _add_people(world)
    _run_process(world)
    _file(world)
    _talk(world)
    _wait_for_readers(world)
    return world


def _draw_template(world: World) -> None:
    ada, ids, mark = world.house.ada, world.ids, world.mark
    template = ada.data("POST", "/checklists", 201, json={"title": f"{mark} template", "type": "procedure"})
    ids["template"] = template["id"]
    path = f"/checklists/{template['id']}"
    ids["step"] = ada.data("POST", f"{path}/steps", 201, json={"title": f"{mark} step"})["id"]
    field = {"label": f"{mark} field", "field_type": "text", "required": False}
    ids["field"] = ada.data("POST", f"{path}/steps/{ids['step']}/captures", 201, json=field)["id"]
    ids["prerun"] = ada.data("POST", f"{path}/preruns", 201, json=field)["id"]
    ids["rule"], ids["stage"] = new_id().hex, new_id().hex
    place = [world.house.id, ids["template"]]
    with psycopg.connect(world.database) as owner:
        enter(owner, world.house.id)
        owner.execute(
            "INSERT INTO template_stages (organization_id, template_id, id, name, position, created_at,"
            " updated_at) VALUES (%s, %s, %s, %s, 1, now(), now())",
            [*place, ids["stage"], f"{mark} stage"],
        )
        owner.execute(
            "INSERT INTO template_rules (organization_id, template_id, id, position, name, conditions,"
            " actions, created_at, updated_at) VALUES (%s, %s, %s, 1, %s, '[]', '[]', now(), now())",
            [*place, ids["rule"], f"{mark} rule"],
        )


def _add_people(world: World) -> None:
    house, ids = world.house, world.ids
    now = datetime.now(UTC)
    email = f"gus@{house.id.hex}.example"
    ids |= {"guest": email, "user": str(house.stan.user_id), "job title": new_id().hex}
    with psycopg.connect(world.database) as owner:
        ids["group"] = create_group(owner, house.id, f"{world.mark} group", [house.stan.user_id], now).hex
        owner.execute(
            "INSERT INTO people (organization_id, id, kind, email, username, first_name, status, guest_code,"
            " created_at, updated_at)"
            " VALUES (%s, identity.take_ids(%s, 'person', 1), 'guest', %s, 'gus', %s, 'active', %s,"
            " now(), now())",
            [house.id, UUID(int=0), email, world.mark, secrets.token_urlsafe(30)],
        )
        owner.execute(
            "INSERT INTO job_titles (organization_id, id, name, created_at, updated_at)"
            " VALUES (%s, %s, %s, now(), now())",
            [house.id, ids["job title"], f"{world.mark} job title"],
        )


def _run_process(world: World) -> None:
    ada, ids = world.house.ada, world.ids
    process = ada.data(
        "POST", "/runs", 201, json={"checklist_id": ids["template"], "name": f"{world.mark} process"}
    )
    ids["process"] = process["id"]
    ids["task"] = ada.data("GET", f"/runs/{process['id']}/tasks")[0]["id"]


def _file(world: World) -> None:
    """A tag and what it is on, folders and what is in them, a snippet."""
    ids, house, mark = world.ids, world.house.id, world.mark
    ids |= {"tag": new_id().hex, "folder": new_id().hex, "process folder": new_id().hex}
    numbers = iter(range(FAR + secrets.randbelow(10**9), 2 * FAR))
    subjects = {"Step": "step", "Run": "process", "Task": "task", "Checklist": "template"}
    with psycopg.connect(world.database) as owner:
        enter(owner, house)
        owner.execute(
            "INSERT INTO tags (organization_id, id, title, color, created_at)"
            " VALUES (%s, %s, %s, '#112233', now())",
            [house, ids["tag"], f"{mark} tag"],
        )
        for kind, subject in subjects.items():
            ids[f"{subject} tag"] = str(next(numbers))
            owner.execute(
                "INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id,"
                " created_at) VALUES (%s, %s, %s, %s, %s, now())",
                [house, ids[f"{subject} tag"], ids["tag"], kind, ids[subject]],
            )
        for name, kind in (("folder", "checklist"), ("process folder", "run")):
            owner.execute(
                "INSERT INTO folders (organization_id, id, number, name, kind, position, created_at,"
                " updated_at) VALUES (%s, %s, %s, %s, %s, 1, now(), now())",
                [house, ids[name], next(numbers), f"{mark} {name}", kind],
            )
        ids["folder object"], ids["snippet"] = str(next(numbers)), str(next(numbers))
        owner.execute(
            "INSERT INTO folder_objects (organization_id, id, folder_id, subject_type, subject_id,"
            " created_at) VALUES (%s, %s, %s, 'Run', %s, now())",
            [house, ids["folder object"], ids["process folder"], ids["process"]],
        )
        owner.execute(
            "INSERT INTO snippets (organization_id, id, title, content, created_by, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, %s, now(), now())",
            [house, ids["snippet"], f"{mark} snippet", f"{mark} text", world.house.ada.user_id],
        )


def _talk(world: World) -> None:
    places = {"task": ("Task", "comment"), "process": ("Run", "process comment"),
              "template": ("Checklist", "template comment")}  # fmt: skip
    with psycopg.connect(world.database) as owner:
        enter(owner, world.house.id)
        for subject, (kind, name) in places.items():
            world.ids[name] = new_id().hex
            owner.execute(
                "INSERT INTO comments (organization_id, id, subject_type, subject_id, process_id, author_id,"
                " author_type, content, label, state, created_at, updated_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, 'user', %s, 'comment', 'open', now(), now())",
                [
                    world.house.id, world.ids[name], kind, world.ids[subject],
                    None if subject == "template" else world.ids["process"], world.house.ada.user_id,
                    f"{world.mark} comment",
                ],
            )  # fmt: skip


def _wait_for_readers(world: World) -> None:
    """Until whatever follows from the events has been written."""
    deadline = time.monotonic() + 20
    with psycopg.connect(world.database, autocommit=True) as owner:
        while owner.execute(WAITING_JOBS, [world.house.id.hex]).fetchone() != (0,):
            assert time.monotonic() < deadline, "The jobs of a new organization were not done."
            time.sleep(0.05)
