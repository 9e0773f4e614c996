"""Templates for tests about processes: drawn at once, straight into the draft's tables."""

from __future__ import annotations

import atexit
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from stepwell.db.ids import new_id
from stepwell.organizations.setup import NewMember, add_member, create_group, create_token, enter
from tests.conftest import Client

Part = dict[str, Any]
JSON_LISTS = frozenset({"options", "columns", "field_validation", "conditions", "actions"})
OPTIONS = [{"id": 1, "text": "Basic", "value": None}, {"id": 2, "text": "Gold", "value": None}]


@dataclass
class Drawn:
    """A template with the ids of its parts by title (steps, milestones) or label (fields)."""

    id: str
    steps: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)


def asks(label: str, kind: str = "text", **columns: Any) -> Part:
    """A form field; a choice has the options Basic (1) and Gold (2), a table the columns Item (1) and Price (2)."""
    if kind in ("radio", "dropdown", "multiselect"):
        columns.setdefault("options", OPTIONS)
    if kind == "table":
        columns.setdefault("columns", [{"id": 1, "label": "Item"}, {"id": 2, "label": "Price"}])
    return {"label": label, "field_type": kind, "required": False, **columns}


def step(title: str, *form: Part, **columns: Any) -> Part:
    return {"title": title, "form": form, **columns}


def shows(target: str, when: str, equals: str, verb: str = "show") -> Part:
    """A rule: a step appears (or `verb="hide"` disappears) when the kick-off answer to `when` equals something."""
    return {"target": target, "when": when, "equals": equals, "verb": verb}


def draw(
    database: str,
    client: Client,
    *steps: Part,
    kickoff: Sequence[Part] = (),
    rules: Sequence[Part] = (),
    stages: Sequence[str] = (),
    title: str = "Onboarding",
    type: str = "procedure",
    settings: Mapping[str, Any] | None = None,
) -> Drawn:
    """A template of these parts, made by `client`; `settings` are columns of the template itself."""
    made = client.data("POST", "/checklists", 201, json={"title": title, "type": type})
    drawn = Drawn(made["id"])
    with psycopg.connect(database) as owner:
        pen = Pen(owner, UUID(client.organization_id), UUID(drawn.id))
        for place, name in enumerate(stages, start=1):
            drawn.stages[name] = pen.put("template_stages", {"name": name, "position": place})
        for place, one in enumerate(kickoff, start=1):
            drawn.fields[one["label"]] = pen.put_field(one, place, None)
        for place, one in enumerate(steps, start=1):
            _draw_step(pen, drawn, one, place)
        for place, one in enumerate(rules, start=1):
            _draw_rule(pen, drawn, one, place)
        for name, value in (settings or {}).items():
            owner.execute(
                sql.SQL("UPDATE templates SET {} = %s WHERE organization_id = %s AND id = %s").format(
                    sql.Identifier(name)
                ),
                [Jsonb(value) if isinstance(value, dict) else value, pen.organization_id, pen.template_id],
            )
    return drawn


def _draw_step(pen: Pen, drawn: Drawn, one: Part, place: int) -> None:
    columns = {name: value for name, value in one.items() if name != "form"}
    columns.setdefault("alias", f"{one['title'].lower().replace(' ', '-')}-{secrets.randbelow(10**7):07}")
    if columns.get("stage_id") in drawn.stages:
        columns["stage_id"] = drawn.stages[columns["stage_id"]]
    drawn.steps[one["title"]] = pen.put("template_steps", {"position": place, **columns})
    drawn.aliases[one["title"]] = columns["alias"]
    for number, form_field in enumerate(one["form"], start=1):
        drawn.fields[form_field["label"]] = pen.put_field(form_field, number, drawn.steps[one["title"]])


def _draw_rule(pen: Pen, drawn: Drawn, one: Part, place: int) -> None:
    condition = {
        "conditionable_id": drawn.fields[one["when"]],
        "conditionable_type": "Prerun",
        "operation": "equals",
        "statement": one["equals"],
        "logic": "and",
        "position": 1,
    }
    action = {
        "action_type": "visibility",
        "action_verb": one["verb"],
        "position": 1,
        "target_step_id": drawn.steps[one["target"]],
    }
    pen.put(
        "template_rules",
        {
            "name": f"{one['verb']} {one['target']}",
            "position": place,
            "conditions": [condition],
            "actions": [action],
        },
    )


@dataclass
class Pen:
    """Writes rows of one template as the schema's owner."""

    owner: psycopg.Connection[Any]
    organization_id: UUID
    template_id: UUID

    def __post_init__(self) -> None:
        enter(self.owner, self.organization_id)

    def put(self, table: str, columns: Part) -> str:
        now = datetime.now(UTC)
        own = {"organization_id": self.organization_id, "template_id": self.template_id, "id": new_id()}
        row = (
            own
            | {"created_at": now, "updated_at": now}
            | {
                name: Jsonb(value) if isinstance(value, dict) or name in JSON_LISTS else value
                for name, value in columns.items()
            }
        )
        self.owner.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(map(sql.Placeholder, row)),
            ),
            row,
        )
        return own["id"].hex

    def put_field(self, columns: Part, place: int, step_id: str | None) -> str:
        alias = f"{columns['label'].lower().replace(' ', '-')}-{secrets.randbelow(10**7):07}"
        default = {"default_value": Jsonb(columns["default_value"])} if "default_value" in columns else {}
        return self.put(
            "template_fields", {"position": place, "step_id": step_id, "alias": alias, **columns, **default}
        )


def join_as(
    database: str, client: Client, role: str, first: str = "New", *, status: str = "active", **profile: Any
) -> Client:
    """Another member of the organization, with a token of his own."""
    now = datetime.now(UTC)
    organization_id = UUID(client.organization_id)
    with psycopg.connect(database) as owner:
        email = f"{first.lower()}.{secrets.token_hex(5)}@staff.example"
        user_id = add_member(owner, organization_id, NewMember(email, role, first, "Comer"), now)
        owner.execute("UPDATE people SET status = %s WHERE id = %s", [status, user_id])
        token = create_token(owner, user_id, "tests", now)
    joined = Client(client.root.removesuffix("/api"), organization_id, user_id, email, token)
    atexit.register(joined.close)
    return joined


def leave(database: str, member: Client, status: str = "disabled") -> None:
    """The member is deactivated."""
    with psycopg.connect(database) as owner:
        enter(owner, UUID(member.organization_id))
        owner.execute("UPDATE people SET status = %s WHERE id = %s", [status, member.user_id])


def change_settings(database: str, client: Client, **settings: Any) -> None:
    """Settings of the organization, by the API's names."""
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        owner.execute(
            "UPDATE organizations SET settings = settings || %s WHERE organization_id = %s",
            [Jsonb(settings), UUID(client.organization_id)],
        )


def group_of(database: str, client: Client, *people: Client) -> str:
    """A new group of these members."""
    with psycopg.connect(database) as owner:
        ids = [person.user_id for person in people]
        name = f"Group {secrets.token_hex(4)}"
        return create_group(owner, UUID(client.organization_id), name, ids, datetime.now(UTC)).hex


def forget_step(database: str, client: Client, template: Drawn, title: str) -> None:
    """The template loses a step after it was launched."""
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        owner.execute("DELETE FROM template_steps WHERE id = %s", [UUID(template.steps[title])])
        owner.execute(
            "UPDATE templates SET draft_version_id = NULL, version = version + 1 WHERE id = %s",
            [UUID(template.id)],
        )


def grant(database: str, client: Client, template: Drawn, permission: str, **granted: Any) -> None:
    """Set one of the five grants: `everyone`, `users`, `groups`."""
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        owner.execute(
            "UPDATE template_permissions SET everyone = %s, users = %s, groups = %s::uuid[]"
            " WHERE organization_id = %s AND template_id = %s AND permission = %s",
            [
                granted.get("everyone", False),
                granted.get("users", []),
                granted.get("groups", []),
                UUID(client.organization_id),
                UUID(template.id),
                permission,
            ],
        )


def put_row(database: str, client: Client, table: str, **columns: Any) -> str:
    """A row of another table of the organization (a tag, a folder, a job title), with a new id."""
    now = datetime.now(UTC)
    row = {"organization_id": UUID(client.organization_id), "id": new_id(), "created_at": now, **columns}
    if table != "tags":
        row["updated_at"] = now
    with psycopg.connect(database) as owner:
        enter(owner, row["organization_id"])
        owner.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(map(sql.Placeholder, row)),
            ),
            row,
        )
    return str(row["id"].hex)


def new_tag(database: str, client: Client) -> str:
    return put_row(database, client, "tags", title=f"Tag {secrets.token_hex(5)}", color="#e74c3c")


def new_folder(database: str, client: Client, kind: str = "run") -> str:
    name = f"Folder {secrets.token_hex(5)}"
    return put_row(
        database, client, "folders", name=name, kind=kind, position=1, number=secrets.randbelow(10**9)
    )


def launched(client: Client, template: Drawn, /, *, path: str = "/runs", **body: Any) -> Any:
    """The process that `client` launches from the template."""
    return client.data("POST", path, 201, json={"checklist_id": template.id, **body})


def tasks_by_title(
    client: Client, process: Mapping[str, Any], include: str = ""
) -> dict[str, dict[str, Any]]:
    """The visible tasks of a process by their titles."""
    names = f"tasks,{include}" if include else "tasks"
    found = client.data("GET", f"/runs/{process['id']}?with={names}")["tasks"]["data"]
    return {task["title"]: task for task in found}


def reasons(client: Client, method: str, path: str, status: int = 422, **more: Any) -> dict[str, list[str]]:
    """The messages of a refusal by field; empty where it has none."""
    answer = client.request(method, path, **more)
    assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
    body = answer.json()
    assert body["error"] is True
    assert isinstance(body["message"], str)
    return dict(body.get("errors") or {})


def draw_onboarding(database: str, ada: Client) -> Drawn:
    """Four steps, and a kick-off form with a field of every type: what the page on updating a process is tried on."""
    kinds = (
        "textarea",
        "email",
        "date",
        "radio",
        "dropdown",
        "multiselect",
        "table",
        "assignees_form",
        "file",
    )
    kickoff = [
        asks("text", required=True),
        *(asks(kind, kind) for kind in kinds),
        asks("moment", "date", collect_time=True),
    ]
    return draw(
        database, ada, *(step(f"Step {n}") for n in range(4)), kickoff=kickoff, title="Onboarding Template"
    )
