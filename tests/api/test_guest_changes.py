"""Guests are invited, changed, switched off and removed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from stepwell.people.guest_schemas import SentMailShape
from stepwell.people.schemas import GuestShape
from tests.api.drawn import draw, join_as, launched, leave, step, tasks_by_title
from tests.api.joining import address, link_in, mails_to
from tests.api.oneoffs import one_off, to
from tests.api.talk import completed, task_now
from tests.conftest import Client, House, make_house, start_server
from tests.shapes import shaped

DETAILS: dict[str, Any] = {
    "first_name": "Mo", "last_name": "Diaz", "company_name": "Supplier SL", "opportunity_name": "Spring",
    "status": "lead", "phone_1": "+34 600 000 000", "phone_2": "1", "image_url": "https://cdn.example/mo.png",
    "contact_url": "https://crm.example/1", "company_url": "https://supplier.example",
    "opportunity_url": "http://crm.example/2?x=1", "timezone": "Europe/Madrid", "external_sync_source": "salesforce",
    "external_date_creation": "2026-02-02 10:00:00", "cadence_days": ["Monday"],
}  # fmt: skip


def made(client: Client, **more: Any) -> dict[str, Any]:
    guest: dict[str, Any] = client.data("POST", "/guests", 201, json={"email": address(), **more})
    return guest


@pytest.mark.rule("T-209", "G-079", "G-078")
def test_only_an_address_is_needed_and_all_details_can_be_given(ada: Client, stan: Client) -> None:
    email = address()
    guest = shaped(GuestShape, stan.data("POST", "/guests", 201, json={"email": f" {email.upper()} "}))
    assert (guest["email"], guest["first_name"], guest["deleted_at"]) == (email, None, None)
    assert guest["link"].endswith(f"/{ada.organization_id}/guest/{guest['guest_code']}")
    assert len(guest["guest_code"]) in range(32, 49)
    full = shaped(GuestShape, made(ada, **DETAILS, associated_members=[stan.user_id]))
    assert {name: full["details"][name] for name in DETAILS} == DETAILS
    assert full["details"]["associated_members"] == [stan.user_id]
    assert (full["first_name"], full["last_name"]) == ("Mo", "Diaz")
    assert ada.data("GET", f"/guests/{full['email']}") == full
    assert made(ada, phone="123")["details"]["phone_1"] == "123"


@pytest.mark.rule("G-079")
def test_who_is_a_guest_already_is_completed_and_never_doubled(ada: Client, stan: Client) -> None:
    guest = made(ada, first_name="Mo", company_name="Oak")
    body = {
        "email": guest["email"],
        "first_name": "Max",
        "last_name": "Diaz",
        "company_name": "Elm",
        "phone": "1",
    }
    again = shaped(GuestShape, stan.data("POST", "/guests", 201, json=body))
    assert (again["id"], again["link"]) == (guest["id"], guest["link"])
    details = again["details"]
    assert [details[name] for name in ("first_name", "last_name", "company_name", "phone_1")] == [
        "Mo",
        "Diaz",
        "Oak",
        "1",
    ]
    assert len(ada.data("GET", f"/guests?q={guest['email']}")) == 1


@pytest.mark.rule("T-209", "G-080", "P-443")
def test_an_address_of_a_member_of_whatever_status_is_no_guests(
    database: str, ada: Client, stan: Client
) -> None:
    gone = join_as(database, ada, "standard")
    leave(database, gone)
    for email in (stan.email, stan.email.upper(), gone.email):
        answer = ada.post("/guests", json={"email": email})
        assert answer.status_code == 422
        expected = [f"{email.lower()} is the address of a member and cannot be a guest"]
        assert answer.json()["errors"] == {"email": expected}
        body = {"title": "X", "deadline": "2031-01-01", "owners": {"guests": [email]}}
        answer = ada.post("/tasks", json=body)
        assert (answer.status_code, answer.json()["errors"]) == (422, {"owners.guests": expected})


def test_every_wrong_detail_of_a_guest_is_named(ada: Client, otto: Client) -> None:
    wrong = {
        "first_name": "x" * 201, "phone_1": "1" * 21, "image_url": "ftp://x", "timezone": "Mars",
        "external_sync_source": "hubspot", "external_date_creation": "yesterday", "cadence_days": ["Someday"],
        "associated_members": "all", "status": 5,
    }  # fmt: skip
    answer = ada.post("/guests", json={**wrong, "email": "nobody"})
    assert (answer.status_code, set(answer.json()["errors"])) == (422, {*wrong, "email"})
    assert ada.post("/guests", json={}).json()["errors"] == {"email": ["The email field is required."]}
    guest = made(ada)
    answer = ada.put(f"/guests/{guest['email']}", json=wrong)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, set(wrong))
    for method, path in (("POST", "/guests"), ("PUT", f"/guests/{guest['email']}")):
        body = {"email": guest["email"], "associated_members": [ada.user_id, otto.user_id]}
        assert ada.request(method, path, json=body).json()["errors"] == {
            "associated_members.1": ["The selected associated_members.1 is invalid."]
        }


@pytest.mark.rule("G-079")
def test_what_is_sent_changes_and_the_address_stays(ada: Client, stan: Client) -> None:
    guest = made(ada, **DETAILS)
    path = f"/guests/{guest['email'].replace('@', '%40')}"
    after = shaped(
        GuestShape, stan.data("PUT", path, 201, json={"associated_members": [ada.user_id], "last_name": ""})
    )
    assert (after["first_name"], after["last_name"]) == ("Mo", None)
    assert after["details"]["associated_members"] == [ada.user_id]
    changed = {"last_name", "associated_members", "updated_at"}
    kept = {name for name in after["details"] if name not in changed}
    assert {name: after["details"][name] for name in kept} == {name: guest["details"][name] for name in kept}
    after = ada.data(
        "PATCH", f"/guests/{guest['id']}", 201, json={"email": guest["email"].upper(), "phone": "7"}
    )
    assert (after["email"], after["details"]["phone_1"]) == (guest["email"], "7")
    answer = ada.put(path, json={"email": address(), "phone": "8"})
    assert answer.json()["errors"] == {"email": ["The address of a guest cannot be changed."]}
    for nothing in ({}, {"email": guest["email"]}, {"nickname": "x"}):
        answer = ada.put(path, json=nothing)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["associated_members"])


@pytest.mark.rule("T-201", "G-059")
def test_who_may_do_what_with_guests(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    guest = made(ada)
    full = [
        ("PUT", "", {"phone": "1"}),
        ("POST", "/reset-link", None),
        ("POST", "/send-link", None),
        ("GET", "/emails", None),
    ]
    admin = [("DELETE", "/disable", None), ("PUT", "/enable", None), ("POST", "/to/member", {}),
             ("DELETE", "/delete", None), ("DELETE", "", None)]  # fmt: skip
    assert liv.post("/guests", json={"email": address()}).status_code == 403
    for method, path, body in full + admin:
        target = f"/guests/{guest['id']}{path}"
        assert liv.request(method, target, json=body).status_code == 403
        assert otto.request(method, target, json=body).status_code == 404
        assert ada.request(method, f"/guests/{2**50}{path}", json={"role": 5, "phone": 5}).status_code == 404
        if (method, path, body) in admin:
            assert stan.request(method, target, json=body).status_code == 403
        else:
            assert stan.request(method, target, json=body).status_code in (200, 201)


@pytest.mark.rule("G-084", "T-217", "T-210")
def test_a_guest_is_disabled_when_nothing_is_to_do_and_comes_back_with_the_same_link(
    ada: Client, stan: Client
) -> None:
    guest = made(ada)
    path = f"/guests/{guest['email']}"
    task = one_off(stan, owners=to(stan, guests=(guest["email"],)))
    refused = ada.delete(f"{path}/disable")
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "Cannot disable guest with incomplete tasks",
    )
    stan.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    off = shaped(GuestShape, ada.data("DELETE", f"{path}/disable"))
    assert off["disabled_at"] == off["details"]["disabled_at"] is not None
    assert off["details"]["disabled_by"] == ada.user_id
    assert ada.data("DELETE", f"{path}/disable") == off
    assert guest["email"] in {one["email"] for one in ada.data("GET", "/guests?status=disabled")}
    assert ada.post(f"{path}/send-link").status_code == 422
    on = shaped(GuestShape, ada.data("PUT", f"{path}/enable"))
    assert (on["disabled_at"], on["details"]["disabled_by"], on["link"]) == (None, None, guest["link"])
    assert (on["details"]["reactivated_by"], on["details"]["reactivated_at"] is None) == (ada.user_id, False)
    assert ada.data("PUT", f"{path}/enable") == on


@pytest.mark.rule("P-776", "T-217", "P-445", "G-079")
def test_a_removed_guest_is_on_no_open_task_and_what_is_done_keeps_the_address(
    database: str, ada: Client, stan: Client
) -> None:
    guest = made(ada, first_name="Mo")
    email = guest["email"]
    template = draw(database, ada, step("Open", guests=[email]), step("Done", guests=[email]),
                    step("Hidden", guests=[email], hide_by_default=True))  # fmt: skip
    process = launched(ada, template, owner_id=stan.user_id)
    tasks = tasks_by_title(ada, process)
    completed(ada, tasks["Done"])
    group = ada.data("POST", "/groups", 201, json={"name": email, "guests": [email]})
    shared = one_off(ada, owners=to(guests=(email, other := address()), groups=(group["id"],)))
    gone = shaped(GuestShape, ada.data("DELETE", f"/guests/{email}"))
    assert (gone["id"], gone["deleted_at"] is None) == (guest["id"], False)
    for one in ada.data("GET", f"/runs/{process['id']}/tasks?status=all"):
        expected = [email] if one["title"] == "Done" else []
        assert (one["owners"]["guests"], one["owners"]["users"]) == (expected, [stan.user_id])
    owners = task_now(ada, shared)["owners"]
    assert (owners["guests"], owners["users"]) == ([other], [ada.user_id])
    assert ada.data("GET", f"/groups/{group['id']}")["guests"] == []
    assert ada.get(f"/guests/{email}").status_code == ada.get(f"/guests/{guest['id']}").status_code == 404
    assert ada.data("GET", f"/guests?q={email}") == []
    unknown = ada.delete(f"/guests/{email}")
    assert (unknown.status_code, unknown.json()["errors"]) == (
        422,
        {"email": ["The selected email is invalid."]},
    )
    again = shaped(GuestShape, made(ada, email=email))
    assert (again["first_name"], again["deleted_at"]) == (None, None)
    assert again["guest_code"] != guest["guest_code"]
    assert ada.data("GET", f"/groups/{group['id']}")["guests"] == []
    assert shaped(GuestShape, ada.data("DELETE", f"/guests/{again['guest_code']}/delete"))["email"] == email
    one_off(ada, owners=to(guests=(email,)))
    assert ada.data("GET", f"/guests/{email}")["deleted_at"] is None


@pytest.mark.rule("T-210")
def test_a_new_link_replaces_the_old_one_and_is_mailed(database: str, ada: Client, stan: Client) -> None:
    guest = made(ada)
    path = f"/guests/{guest['email']}"
    assert shaped(GuestShape, stan.data("POST", f"{path}/send-link")) == guest
    after = shaped(GuestShape, stan.data("POST", f"{path}/reset-link"))
    assert after["guest_code"] != guest["guest_code"]
    assert ada.get(f"/guests/{guest['guest_code']}").status_code == 404
    assert ada.data("GET", f"/guests/{after['guest_code']}")["id"] == guest["id"]
    first, second = mails_to(database, ada, guest["email"])
    assert first[0] == second[0] == "guest_link"
    assert link_in(first[2]).endswith(f"/{ada.organization_id}/guest/{guest['guest_code']}")
    assert link_in(second[2]).endswith(f"/guest/{after['guest_code']}")
    with psycopg.connect(database) as owner:
        enter(owner, UUID(ada.organization_id))
        query = "SELECT person_id FROM replaced_guest_codes WHERE code_hash = %s"
        old = hashlib.sha256(guest["guest_code"].encode()).digest()
        assert owner.execute(query, [old]).fetchone() == (guest["id"],)


def test_all_mails_to_a_guest_are_listed_the_newest_first(ada: Client, stan: Client) -> None:
    guest = made(ada)
    for _ in range(3):
        ada.data("POST", f"/guests/{guest['email']}/send-link")
    answer = stan.get(f"/guests/{guest['email']}/emails?per_page=2").json()
    mails = [shaped(SentMailShape, one) for one in answer["data"]]
    assert answer["meta"]["pagination"]["total"] == 3
    assert {(one["type"], one["recipient"]) for one in mails} == {("guest_link", guest["email"])}
    assert mails[0]["created_at"] >= mails[1]["created_at"]
    assert ada.get(f"/guests/{made(ada)['id']}/emails").json()["data"] == []


@pytest.fixture
def limited(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An organization on a server that lets two guests be invited in an hour."""
    folder = tmp_path_factory.mktemp("limited")
    running = start_server(database, folder / "server.log", settings={"STEPWELL_GUEST_INVITES_PER_HOUR": "2"})
    with make_house(database, running.origin, "Limited") as house:
        yield house
    running.process.terminate()
    running.process.wait(10)


def test_no_more_guests_are_invited_in_an_hour_than_the_installation_allows(limited: House) -> None:
    known = made(limited.ada)["email"]
    made(limited.stan)
    answer = limited.ada.post("/guests", json={"email": address()})
    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert "hourly limit for Guest Invite (2 per hour per organization)" in answer.json()["message"]
    assert 3000 < int(answer.headers["retry-after"]) <= 3600
    limited.ada.data("POST", "/guests", 201, json={"email": known, "first_name": "Mo"})
