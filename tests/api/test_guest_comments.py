"""What guests say: it is written like any comment, but mentions nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from stepwell.comments.adding import Added, Said, Scene, add_comment
from stepwell.db.pool import Tenant
from stepwell.events.log import Author
from stepwell.services import Services
from tests.api.doing import in_transaction
from tests.api.drawn import group_of, join_as
from tests.api.oneoffs import to
from tests.api.talk import process_of, task_now
from tests.conftest import Client


@pytest.mark.rule("P-587", "P-582")
def test_a_guest_cannot_mention_members_nor_let_them_see_anything(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    task = tasks["Call"]
    ada.data("PUT", f"/tasks/{task['id']}", json={"owners": to(ada, guests=("mira@client.example",))})
    with join_as(database, ada, "light") as lou:
        group = group_of(database, ada, lou)
        text = f"Hi @[{lou.user_id}] and @[{group}], +omar@client.example"

        async def say(tenant: Tenant, services: Services) -> Added:
            del services
            scene = Scene(
                type="Task", id=UUID(task["id"]), title=task["title"], process_id=UUID(process["id"])
            )
            guests = await tenant.fetch_value(
                "SELECT id FROM people WHERE organization_id = %(organization_id)s AND email = 'mira@client.example'"
            )
            said = Said(content=text, sent_to=[lou.user_id])
            return await add_comment(tenant, scene, said, Author(guests, "guest"), datetime.now(UTC))

        in_transaction(database, ada, say)
        (comment,) = ada.data("GET", f"/tasks/{task['id']}/comments")
        assert (comment["author_type"], comment["state"], comment["sent_to"]) == ("guest", "open", [])
        assert lou.get(f"/runs/{process['id']}").status_code == 403
    assert task_now(ada, task)["owners"]["guests"] == ["mira@client.example"]
