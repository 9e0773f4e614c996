"""What tests about templates need and make without the API: people, groups, folders, tags, settings."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

import psycopg

from stepwell.db.ids import new_id
from stepwell.organizations.setup import NewMember, add_member, create_group, create_token, enter
from tests.conftest import Client


class Maker:
    """Makes things in the organization of a client, as the schema's owner."""

    def __init__(self, database: str, client: Client) -> None:
        self.database = database
        self.client = client
        self.organization_id = UUID(client.organization_id)
        self.clients: list[Client] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            client.close()

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.database) as owner:
            enter(owner, self.organization_id)
            yield owner

    def member(self, role: str = "standard", status: str = "active") -> Client:
        """A new member, with a client of their own."""
        email = f"m{secrets.token_hex(6)}@acme.example"
        now = datetime.now(UTC)
        with self.owner() as owner:
            user_id = add_member(owner, self.organization_id, NewMember(email, role, "Mo", "Made"), now)
            token = create_token(owner, user_id, "tests", now)
            if status != "active":
                owner.execute(
                    "UPDATE people SET status = %s WHERE organization_id = %s AND id = %s",
                    [status, self.organization_id, user_id],
                )
        origin = self.client.root.removesuffix("/api")
        self.clients.append(Client(origin, self.organization_id, user_id, email, token))
        return self.clients[-1]

    def group(self, *people: Client) -> str:
        with self.owner() as owner:
            name = f"group {secrets.token_hex(4)}"
            users = [one.user_id for one in people]
            return create_group(owner, self.organization_id, name, users, datetime.now(UTC)).hex

    def folder(self, kind: str = "checklist", parent: str | None = None, name: str = "Folder") -> str:
        folder_id, now = new_id(), datetime.now(UTC)
        with self.owner() as owner:
            owner.execute(
                "INSERT INTO folders (organization_id, id, number, name, kind, parent_id, position, created_at,"
                " updated_at) VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s)",
                [self.organization_id, folder_id, secrets.randbelow(10**9), name, kind, parent, now, now],
            )
        return folder_id.hex

    def tag(self, title: str | None = None) -> str:
        tag_id = new_id()
        with self.owner() as owner:
            owner.execute(
                "INSERT INTO tags (organization_id, id, title, color, created_at) VALUES (%s, %s, %s, %s, %s)",
                [self.organization_id, tag_id, title or f"tag {secrets.token_hex(4)}", "#3498db",
                 datetime.now(UTC)],
            )  # fmt: skip
        return tag_id.hex

    def setting(self, name: str, value: Any) -> None:
        """Change a setting of the whole organization; only for a house of the test's own."""
        with self.owner() as owner:
            owner.execute(
                "UPDATE organizations SET settings = settings || %s::jsonb WHERE organization_id = %s",
                [json.dumps({name: value}), self.organization_id],
            )

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        """What the database holds."""
        with self.owner() as owner:
            return owner.execute(query, parameters).fetchall()


def new_template(client: Client, title: str = "Supplier intake", **more: Any) -> Any:
    """A template that the client has just created."""
    return client.data("POST", "/checklists", 201, json={"title": title, "type": "procedure", **more})


def errors_of(client: Client, method: str, path: str, **more: Any) -> dict[str, list[str]]:
    """The wrong fields of an answer that must be 422."""
    answer = client.request(method, path, **more)
    assert answer.status_code == 422, f"{method} {path}: {answer.status_code} {answer.text}"
    body = answer.json()
    assert body["error"] is True
    assert body["code"] == "VALIDATION_FAILED"
    errors: dict[str, list[str]] = body["errors"]
    return errors


def log_of(maker: Maker, template_id: str) -> list[tuple[str, str, Any, Any, Any]]:
    """The template's activity log: verb, description, field, old and new value, oldest first."""
    return [
        tuple(row)
        for row in maker.rows(
            "SELECT verb, description, field, old, new FROM events WHERE subject_id = %s ORDER BY number",
            UUID(template_id),
        )
    ]
