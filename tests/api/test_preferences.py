"""What members keep for themselves, and which mails they want."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from stepwell.people.preference_schemas import NOTIFICATIONS, NotificationShape, PreferenceShape
from tests.api.drawn import join_as
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

PATH = "/me/notification-preferences"


@pytest.fixture
def dee(database: str, ada: Client) -> Client:
    return join_as(database, ada, "light", "Dee")


@pytest.fixture
def yard(database: str, server: Server) -> Iterator[House]:
    with make_house(database, server.origin, "Yard") as made:
        yield made


def profile_of(database: str, client: Client) -> dict[str, Any]:
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        row = owner.execute("SELECT profile FROM people WHERE id = %s", [client.user_id]).fetchone()
    assert row is not None
    found: dict[str, Any] = row[0]
    return found


def test_a_preference_is_kept_replaced_and_forgotten(dee: Client, ada: Client) -> None:
    body = {"slug": "home_count", "value": 25, "metadata": {"a": [1]}}
    kept = shaped(PreferenceShape, dee.data("POST", "/me/preferences", json=body))
    assert (kept["slug"], kept["value"], kept["metadata"]) == ("home_count", "25", {"a": [1]})
    assert shaped(PreferenceShape, dee.data("GET", "/me/preferences/home_count")) == kept
    after = shaped(
        PreferenceShape, dee.data("PUT", "/me/preferences", json={"slug": "home_count", "value": " x "})
    )
    assert (after["value"], after["metadata"]) == (" x ", None)
    dee.data("PUT", "/me/preferences", json={"slug": "theme", "value": {"dark": True}})
    answer = dee.get("/me/preferences").json()
    assert [(one["slug"], one["value"]) for one in answer["data"]] == [
        ("home_count", " x "),
        ("theme", '{"dark": true}'),
    ]
    assert answer["meta"]["pagination"]["total"] == 2
    assert ada.get("/me/preferences/theme").status_code == 404
    assert dee.delete("/me/preferences/theme").status_code == 204
    assert (
        dee.delete("/me/preferences/theme").status_code == dee.get("/me/preferences/theme").status_code == 404
    )


def test_preferences_come_with_a_member_for_administrators_and_oneself(
    ada: Client, stan: Client, dee: Client
) -> None:
    kept = dee.data("PUT", "/me/preferences", json={"slug": "theme", "value": "dark"})
    mine = dee.data("GET", "/me?with=preferences")
    assert mine["preferences"] == {"data": [kept]}
    assert ada.data("GET", f"/users/{dee.user_id}?with=preferences")["preferences"] == {"data": [kept]}
    listed = {one["id"]: one["preferences"] for one in stan.data("GET", "/users?with=preferences")}
    assert listed[dee.user_id] == {"data": []}


def test_what_can_be_kept_is_bounded(dee: Client) -> None:
    for body, field in (
        ({}, "slug"), ({"slug": "x" * 65}, "slug"), ({"slug": "a/b"}, "slug"),
        ({"slug": "a", "value": "x" * 70_000}, "value"), ({"slug": "a", "metadata": "x"}, "metadata"),
        ({"slug": "a", "metadata": {"a": "x" * 70_000}}, "metadata"),
    ):  # fmt: skip
        answer = dee.put("/me/preferences", json=body)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field]), body
    for number in range(200):
        dee.data("PUT", "/me/preferences", json={"slug": f"p{number}", "value": "x"})
    answer = dee.put("/me/preferences", json={"slug": "more", "value": "x"})
    assert answer.json()["errors"] == {"slug": ["No more than 200 preferences can be kept."]}
    dee.data("PUT", "/me/preferences", json={"slug": "p7", "value": "y"})
    assert len(dee.data("GET", "/me/preferences")) == 200


@pytest.mark.rule("G-046")
def test_all_mails_are_on_but_changed_assignments_and_each_can_be_switched(
    database: str, dee: Client
) -> None:
    shown = shaped(NotificationShape, dee.data("GET", PATH))
    assert shown == {**NOTIFICATIONS, "digest_days": ["Monday", "Wednesday", "Friday"]}
    assert [name for name, value in shown.items() if value is False] == ["email_assignment_changed"]
    body = {"email_task_assigned": "off", "digest_days": ["friday", "Tuesday"], "inapp_comments": 0}
    after = shaped(NotificationShape, dee.data("PUT", PATH, json=body))
    changed = {"email_task_assigned": False, "digest_days": ["Tuesday", "Friday"], "inapp_comments": False}
    assert after == shown | changed
    assert dee.data("PATCH", PATH, json={}) == dee.data("GET", PATH) == after
    assert profile_of(database, dee)["email_task_assigned"] is False
    dee.data("PUT", "/me/preferences", json={"slug": "email_all", "value": "false"})
    assert dee.data("GET", PATH)["email_all"] is False
    assert profile_of(database, dee)["email_all"] is False
    assert dee.delete("/me/preferences/email_all").status_code == 204
    assert dee.data("GET", PATH)["email_all"] is True
    dee.data("POST", "/me/preferences", json={"slug": "digest_days", "value": "Monday,sunday"})
    assert dee.data("GET", PATH)["digest_days"] == ["Monday", "Sunday"]


@pytest.mark.rule("G-046")
def test_administrators_see_and_set_the_mails_of_others(
    ada: Client, stan: Client, dee: Client, otto: Client
) -> None:
    path = f"/users/{dee.user_id}/notification-preferences"
    after = shaped(NotificationShape, ada.data("PUT", path, json={"email_comments": False}))
    assert shaped(NotificationShape, ada.data("GET", path)) == dee.data("GET", PATH) == after
    assert after["email_comments"] is False
    for method in ("GET", "PUT"):
        for client, status in ((stan, 403), (dee, 403), (otto, 404)):
            assert client.request(method, path, json={"email_all": "x"}).status_code == status
    answer = ada.put(path, json={"email_all": "x", "digest_days": ["Someday"]})
    assert (answer.status_code, set(answer.json()["errors"])) == (422, {"email_all", "digest_days"})
    assert ada.put(path, json={"email_all": None}).status_code == 422


def test_the_days_of_the_organization_are_those_of_whoever_is_invited_later(yard: House) -> None:
    earlier = yard.ada.data("POST", "/users/invite", json={"email": f"a@{yard.id.hex}.example"})
    yard.ada.data("PUT", "", json={"cadence_days": ["Sunday"]})
    later = yard.ada.data("POST", "/users/invite", json={"email": f"b@{yard.id.hex}.example"})

    def days(user: dict[str, Any]) -> Any:
        return yard.ada.data("GET", f"/users/{user['id']}/notification-preferences")["digest_days"]

    assert (days(earlier), days(later)) == (["Monday", "Wednesday", "Friday"], ["Sunday"])
