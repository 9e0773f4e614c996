"""Who may read a process, its owner, its public link."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.schemas import ProcessShape, ReadersShape
from tests.api.drawn import Drawn, draw, group_of, join_as, launched, reasons, step
from tests.conftest import Client, House
from tests.shapes import shaped

UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def template(database: str, house: House) -> Drawn:
    return draw(database, house.ada, step("Call"))


@pytest.fixture
def run(ada: Client, template: Drawn) -> str:
    return str(launched(ada, template)["id"])


def readers(client: Client, run: str, **body: Any) -> dict[str, Any]:
    (granted,) = client.data("PUT", f"/runs/{run}/permissions", json=body)
    return shaped(ReadersShape, granted)


def test_the_readers_are_a_list_of_one_permission(
    ada: Client, stan: Client, liv: Client, otto: Client, run: str
) -> None:
    path = f"/runs/{run}/permissions"
    (granted,) = ada.data("GET", path)
    assert shaped(ReadersShape, granted) == {
        "permission": "PROCESS_READ",
        "everyone": True,
        "users": [],
        "groups": [],
    }
    assert stan.data("GET", path) == [granted]
    assert liv.get(path).status_code == 403
    assert otto.get(path).status_code == 404


@pytest.mark.rule("P-212", "P-210", "P-211")
def test_readers_are_replaced_and_involvement_always_wins(
    database: str, ada: Client, stan: Client, liv: Client, run: str
) -> None:
    path, other = f"/runs/{run}", join_as(database, ada, "standard")
    assert readers(ada, run, users=[str(liv.user_id)])["everyone"] is False
    assert [client.get(path).status_code for client in (ada, stan, liv, other)] == [200, 403, 200, 403]
    readers(ada, run, everyone=True)
    assert [client.get(path).status_code for client in (ada, stan, liv, other)] == [200, 200, 403, 200]
    readers(ada, run, groups=[group_of(database, ada, other)])
    assert [client.get(path).status_code for client in (ada, stan, liv, other)] == [200, 403, 403, 200]
    ada.data("PUT", path, json={"users": [stan.user_id]})
    assert readers(ada, run) == {"permission": "PROCESS_READ", "everyone": False, "users": [], "groups": []}
    assert [client.get(path).status_code for client in (ada, stan, liv, other)] == [200, 200, 403, 403]
    (row, *_) = ada.data("GET", f"{path}/activity-feeds?field=permissions")
    assert row["description"] == ["Changed who may read the process"]


@pytest.mark.rule("P-212")
def test_a_member_covered_by_a_group_is_not_listed_twice(
    database: str, ada: Client, stan: Client, liv: Client, run: str
) -> None:
    group = group_of(database, ada, stan)
    granted = readers(ada, run, users=[stan.user_id, liv.user_id], groups=[group])
    assert (granted["users"], granted["groups"]) == ([liv.user_id], [group])


def test_wrong_readers_are_refused(ada: Client, otto: Client, run: str) -> None:
    path = f"/runs/{run}/permissions"
    wrong = reasons(ada, "PUT", path, json={"users": [otto.user_id], "groups": [UNKNOWN]})
    assert set(wrong) == {"users", "groups"}
    for body, field in (
        ({"permission": "CHECKLIST_READ"}, "permission"),
        ({"everyone": "maybe"}, "everyone"),
        ({"users": 5}, "users"),
    ):
        assert list(reasons(ada, "PUT", path, json=body)) == [field]


@pytest.mark.rule("P-202")
def test_only_who_governs_sets_readers_owner_and_link(
    ada: Client, stan: Client, liv: Client, otto: Client, run: str
) -> None:
    ada.data("PUT", f"/runs/{run}", json={"users": [liv.user_id]})
    for method, path, body in (
        ("PUT", "permissions", {}),
        ("PUT", "owner", {"owner_id": stan.user_id}),
        ("POST", "public-link/reset", {}),
    ):
        for client, status in ((stan, 403), (liv, 403), (otto, 404)):
            assert client.request(method, f"/runs/{run}/{path}", json=body).status_code == status, path
        assert ada.request(method, f"/runs/{UNKNOWN}/{path}", json=body).status_code == 404


@pytest.mark.rule("P-204")
def test_the_owner_hands_the_process_over(ada: Client, stan: Client, liv: Client, run: str) -> None:
    got = ada.data("PUT", f"/runs/{run}/owner", json={"owner_id": str(stan.user_id)})
    assert shaped(ProcessShape, got)["owner_id"] == stan.user_id
    assert isinstance(got["progress"], dict)
    back = stan.data("PUT", f"/runs/{run}/owner", json={"owner_id": liv.user_id})
    assert back["owner_id"] == liv.user_id
    assert list(reasons(ada, "PUT", f"/runs/{run}/owner", json={})) == ["owner_id"]
    assert list(reasons(ada, "PUT", f"/runs/{run}/owner", json={"owner_id": 10**12})) == ["owner_id"]


def test_the_public_link_can_be_made_anew(ada: Client, run: str) -> None:
    old = ada.data("PUT", f"/runs/{run}", json={"is_public": True})["public_link"]
    got = shaped(ProcessShape, ada.data("POST", f"/runs/{run}/public-link/reset"))
    assert got["public_link"] != old
    assert got["public_link"].rsplit("/", 1)[0] == old.rsplit("/", 1)[0]
    assert len(got["public_link"].rsplit("/", 1)[1]) >= 32


@pytest.mark.rule("P-203")
def test_an_archived_process_keeps_its_readers_owner_and_link(ada: Client, stan: Client, run: str) -> None:
    ada.data("DELETE", f"/runs/{run}")
    for method, path, body in (
        ("PUT", "permissions", {}),
        ("PUT", "owner", {"owner_id": stan.user_id}),
        ("POST", "public-link/reset", {}),
    ):
        answer = ada.request(method, f"/runs/{run}/{path}", json=body)
        assert (answer.status_code, answer.json()["message"]) == (422, "Cannot update archived processes.")
