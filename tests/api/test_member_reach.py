"""What a member can reach, as an administrator sees it."""

from __future__ import annotations

from typing import Any

from stepwell.people.member_schemas import ReachShape
from stepwell.people.schemas import GroupShape
from stepwell.templates.access import PERMISSION_NAMES
from tests.api.drawn import draw, grant, join_as, launched, step
from tests.api.joining import address
from tests.conftest import Client
from tests.shapes import shaped


def reach(client: Client, member: Client) -> dict[str, Any]:
    return shaped(ReachShape, client.data("GET", f"/users/{member.user_id}/permissions"))


def test_an_administrator_sees_what_a_member_can_reach(
    database: str, ada: Client, stan: Client, otto: Client
) -> None:
    lea = join_as(database, ada, "light", "Lea")
    assert reach(ada, lea) == {"templates": [], "processes": []}
    group = ada.data("POST", "/groups", 201, json={"name": address(), "members": [lea.user_id]})
    named = draw(database, ada, step("A", assignees=[lea.user_id]), title="Named")
    grant(database, ada, named, "CHECKLIST_READ", users=[lea.user_id])
    grant(database, ada, named, "CHECKLIST_EDIT", users=[lea.user_id])
    grouped = draw(database, ada, step("A"), title="Grouped")
    grant(database, ada, grouped, "PROCESS_LAUNCH", groups=[group["id"]])
    process = launched(ada, named, name="Mine")
    launched(ada, grouped, name="Not mine")
    assert reach(ada, lea) == {
        "templates": [
            {"id": grouped.id, "title": "Grouped", "permissions": ["PROCESS_LAUNCH"]},
            {"id": named.id, "title": "Named", "permissions": ["CHECKLIST_READ"]},
        ],
        "processes": [{"id": process["id"], "name": "Mine"}],
    }
    for one in reach(ada, lea)["templates"]:
        assert lea.get(f"/checklists/{one['id']}").status_code == 200
    ada.delete(f"/runs/{process['id']}")
    assert reach(ada, lea)["processes"] == []
    everything = next(one for one in reach(ada, ada)["templates"] if one["id"] == named.id)
    assert everything["permissions"] == list(PERMISSION_NAMES)
    path = f"/users/{lea.user_id}/permissions"
    assert [client.get(path).status_code for client in (stan, lea, otto)] == [403, 403, 404]


def test_the_groups_of_a_member(database: str, ada: Client, liv: Client, otto: Client) -> None:
    lea = join_as(database, ada, "light", "Lea")
    made = [
        ada.data("POST", "/groups", 201, json={"name": address(), "members": [lea.user_id]}) for _ in range(2)
    ]
    path = f"/users/{lea.user_id}/groups"
    answer = liv.get(f"{path}?per_page=1").json()
    assert [shaped(GroupShape, one) for one in answer["data"]] == made[:1]
    assert answer["meta"]["pagination"]["total"] == 2
    assert otto.get(path).status_code == ada.get(f"/users/{2**50}/groups").status_code == 404
