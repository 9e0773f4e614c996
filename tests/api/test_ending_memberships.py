"""Members are disabled, enabled, removed and deleted over HTTP; what is theirs stays or is handed over."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from stepwell.organizations.setup import enter
from stepwell.people.member_schemas import HandedOverShape, RemovedMemberShape
from stepwell.people.schemas import UserShape
from tests.api.drawn import draw, join_as, launched, step, tasks_by_title
from tests.api.joining import address, mails_to
from tests.api.oneoffs import one_off, to
from tests.api.talk import completed, task_now
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

KEEP_DEFAULT = (
    "Cannot modify the default administrator. Please assign another member as default administrator first."
)


@pytest.fixture
def dee(database: str, ada: Client) -> Client:
    return join_as(database, ada, "standard", "Dee")


@pytest.fixture
def yard(database: str, server: Server) -> Iterator[House]:
    """An organization of the test's own."""
    with make_house(database, server.origin, "Yard") as made:
        yield made


def bot_of(client: Client) -> int:
    return int(next(one["id"] for one in client.data("GET", "/users?with_bots=true") if one["type"] == "bot"))


@pytest.mark.rule("G-071", "P-444", "G-065")
def test_a_disabled_member_is_out_at_once_and_keeps_what_is_to_do(
    database: str, ada: Client, dee: Client
) -> None:
    group = ada.data("POST", "/groups", 201, json={"name": address(), "members": [dee.user_id]})
    task = one_off(ada, owners=to(dee))
    off = shaped(UserShape, ada.data("DELETE", f"/users/{dee.user_id}/disable"))
    assert (off["status"], off["active"], off["disabled_by"]) == ("disabled", False, ada.user_id)
    assert off["disabled_at"] is not None
    assert dee.get("/me").status_code == 401, "the token of somebody who is active nowhere is dead"
    assert task_now(ada, task)["owners"]["users"] == [dee.user_id]
    assert ada.data("GET", f"/groups/{group['id']}")["members"] == []
    refused = ada.post("/tasks", json={"title": "X", "deadline": "2031-01-01", "owners": to(dee)})
    assert refused.status_code == 422
    again = ada.data("DELETE", f"/users/{dee.user_id}/disable")
    assert again["disabled_at"] == off["disabled_at"]
    on = shaped(UserShape, ada.data("PUT", f"/users/{dee.user_id}/enable"))
    assert (on["status"], on["role"], on["disabled_at"], on["disabled_by"]) == (
        "active",
        "standard",
        None,
        None,
    )
    assert (on["reactivated_by"], on["reactivated_at"] is None) == (ada.user_id, False)
    assert ada.data("PUT", f"/users/{dee.user_id}/enable") == on
    assert ada.data("GET", f"/groups/{group['id']}")["members"] == []
    assert mails_to(database, ada, dee.email)[-1][0] == "member_active_again"
    invited = ada.data("POST", "/users/invite", json={"email": address()})
    assert ada.put(f"/users/{invited['id']}/enable").status_code == 422


@pytest.mark.rule("G-071")
def test_the_token_of_somebody_who_belongs_elsewhere_lives_on_there(
    database: str, yard: House, other_house: House
) -> None:
    stan = other_house.stan
    yard.ada.data("POST", "/users/invite", json={"email": stan.email})
    yard.ada.data("DELETE", f"/users/{stan.user_id}/disable")
    assert stan.get("/me").status_code == 200


@pytest.mark.rule("G-073", "P-444", "T-119")
@pytest.mark.parametrize("path", ["", "/disable"])
def test_removing_hands_over_what_is_to_do_in_one_call(
    database: str, ada: Client, stan: Client, dee: Client, path: str
) -> None:
    template = draw(
        database, ada, step("Open", assignees=[dee.user_id]), step("Done", assignees=[dee.user_id])
    )
    process = launched(ada, template, owner_id=dee.user_id)
    tasks = tasks_by_title(ada, process)
    completed(dee, tasks["Done"])
    heir = join_as(database, ada, "standard", "Heidi")
    for to_whom, message in (
        ("", "The to field is required."), (f"&to={dee.user_id}", "The selected to is invalid."),
        (f"&to={bot_of(ada)}", "The selected to is invalid."), ("&to=x", "The selected to is invalid."),
    ):  # fmt: skip
        answer = ada.delete(f"/users/{dee.user_id}{path}?with_reassignment=True{to_whom}")
        assert (answer.status_code, answer.json()["errors"]) == (422, {"to": [message]})
    assert dee.get("/me").status_code == 200
    gone = ada.data("DELETE", f"/users/{dee.user_id}{path}?with_reassignment=1&to={heir.user_id}")
    shaped(UserShape if path else RemovedMemberShape, gone)
    assert (gone["id"], gone["email"], gone["role"], gone["status"]) == (
        dee.user_id,
        dee.email,
        "standard",
        "disabled",
    )
    assert task_now(ada, tasks["Open"])["owners"]["users"] == [heir.user_id]
    assert task_now(ada, tasks["Done"])["owners"]["users"] == [dee.user_id]
    assert ada.data("GET", f"/runs/{process['id']}")["owner_id"] == heir.user_id
    again = tasks_by_title(ada, launched(ada, template))
    assert again["Open"]["owners"]["users"] == [heir.user_id]
    mails = [(kind, text) for kind, _, text in mails_to(database, ada, heir.email)]
    assert [kind for kind, _ in mails] == ["work_reassigned"]
    assert "from Dee Comer at Acme: 1 templates, 1 processes, 1 tasks." in mails[0][1]


@pytest.mark.rule("G-073")
def test_without_an_heir_nothing_moves(ada: Client, dee: Client) -> None:
    task = one_off(ada, owners=to(dee))
    shaped(
        RemovedMemberShape,
        ada.data("DELETE", f"/users/{dee.user_id}?with_reassignment=false&to={ada.user_id}"),
    )
    assert task_now(ada, task)["owners"]["users"] == [dee.user_id]


@pytest.mark.rule("P-444")
def test_work_is_handed_over_by_somebody_who_stays(database: str, ada: Client, dee: Client) -> None:
    process = launched(ada, draw(database, ada, step("Open", assignees=[dee.user_id])), owner_id=dee.user_id)
    task = tasks_by_title(ada, process)["Open"]
    heir = join_as(database, ada, "standard", "Heidi")
    path = f"/users/{dee.user_id}/reassign"
    moved = shaped(
        HandedOverShape, ada.data("POST", path, json={"to": heir.user_id, "tasks": True, "processes": False})
    )
    assert moved == {"templates": 0, "processes": 0, "tasks": 1}
    assert task_now(ada, task)["owners"]["users"] == [heir.user_id]
    assert ada.data("GET", f"/runs/{process['id']}")["owner_id"] == dee.user_id
    moved = ada.data("POST", path, json={"to": heir.user_id})
    assert moved == {"templates": 1, "processes": 1, "tasks": 0}
    assert dee.get("/me").status_code == 200
    for wrong in (dee.user_id, 2**50, None):
        answer = ada.post(path, json={"to": wrong})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["to"])


@pytest.mark.rule("G-058", "G-072", "T-203")
def test_one_active_default_administrator_is_always_there(database: str, yard: House) -> None:
    ada, stan = yard.ada, yard.stan
    for method, path in (("DELETE", "/disable"), ("DELETE", ""), ("PUT", "/to/guest")):
        answer = ada.request(method, f"/users/{ada.user_id}{path}")
        assert (answer.status_code, answer.json()["message"]) == (400, KEEP_DEFAULT)
    ada.data("PUT", f"/users/{stan.user_id}/role", json={"role": "admin"})
    younger = join_as(database, ada, "admin", "Yves")
    off = shaped(UserShape, ada.data("DELETE", f"/users/{ada.user_id}/disable"))
    assert (off["status"], off["is_default_admin"]) == ("disabled", False)
    assert ada.get("/me").status_code in (401, 403)
    defaults = [one["id"] for one in stan.data("GET", "/users") if one["is_default_admin"]]
    assert defaults == [stan.user_id], "the longest serving one"
    assert younger.data("DELETE", f"/users/{stan.user_id}")["status"] == "disabled"
    assert younger.data("GET", "/default-administrator")["id"] == younger.user_id
    assert younger.delete(f"/users/{younger.user_id}").status_code == 400


@pytest.mark.rule("G-072", "G-076")
def test_the_bot_stays(ada: Client) -> None:
    bot = bot_of(ada)
    for path, message in (
        ("/disable", "Bot users cannot be disabled."),
        ("", "You can't remove a bot user from this organization!"),
        ("/delete", "Please disable the user before deletion."),
    ):
        answer = ada.delete(f"/users/{bot}{path}")
        assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert ada.put(f"/users/{bot}/to/guest").status_code == 400
    assert ada.put(f"/users/{bot}/enable").status_code == 200


@pytest.mark.rule("G-074", "T-203", "P-444")
def test_only_a_disabled_member_is_deleted_and_the_address_is_free_again(
    database: str, ada: Client, dee: Client
) -> None:
    task = one_off(ada, owners=to(dee))
    refused = ada.delete(f"/users/{dee.user_id}/delete")
    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "Please disable the user before deletion.",
    )
    ada.data("DELETE", f"/users/{dee.user_id}/disable")
    gone = shaped(UserShape, ada.data("DELETE", f"/users/{dee.user_id}/delete"))
    assert (gone["status"], gone["last_name"]) == ("deleted", "Comer(Deleted)")
    assert gone["email"] == f"{dee.email}.deleted.{dee.user_id}"
    assert dee.user_id not in {one["id"] for one in ada.data("GET", "/users")}
    assert dee.user_id in {one["id"] for one in ada.data("GET", "/users?with_trashed=true")}
    assert task_now(ada, task)["owners"]["users"] == [dee.user_id]
    assert ada.delete(f"/users/{dee.user_id}/delete").status_code == 404
    for method, path in (("PUT", "/enable"), ("PUT", "/role"), ("DELETE", ""), ("DELETE", "/disable")):
        assert ada.request(method, f"/users/{dee.user_id}{path}", json={"role": "light"}).status_code == 404
    again = ada.data("POST", "/users/invite", json={"email": dee.email})
    assert (again["status"], again["id"] == dee.user_id) == ("invited", False)


@pytest.mark.rule("G-074")
def test_a_deleted_member_who_lives_on_elsewhere_comes_back_under_the_same_number(
    yard: House, other_house: House
) -> None:
    stan = other_house.stan
    yard.ada.data(
        "POST", "/users/invite", json={"email": stan.email, "first_name": "Stan", "last_name": "Lee"}
    )
    yard.ada.data("DELETE", f"/users/{stan.user_id}/disable")
    yard.ada.data("DELETE", f"/users/{stan.user_id}/delete")
    assert stan.data("GET", "/me")["email"] == stan.email
    again = shaped(
        UserShape, yard.ada.data("POST", "/users/invite", json={"email": stan.email, "first_name": "Stanley"})
    )
    assert (again["id"], again["email"], again["full_name"]) == (stan.user_id, stan.email, "Stanley")


@pytest.mark.rule("G-058", "T-203")
def test_two_administrators_who_end_each_other_at_once_leave_one(database: str, yard: House) -> None:
    other = join_as(database, yard.ada, "admin", "Yves")
    pairs = [(yard.ada, other), (other, yard.ada)]
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda pair: pair[0].delete(f"/users/{pair[1].user_id}/disable"), pairs))
    assert sorted(answer.status_code for answer in answers) in ([200, 400], [200, 401], [200, 403])
    with psycopg.connect(database) as owner:
        enter(owner, yard.id)
        rows = owner.execute("SELECT is_default_admin FROM people WHERE role = 'admin' AND status = 'active'")
        assert rows.fetchall() == [(True,)]
