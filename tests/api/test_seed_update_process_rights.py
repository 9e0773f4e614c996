"""Update process: who may change what, what is not found, what is archived."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.drawn import Drawn, draw_onboarding, group_of, launched, new_folder, new_tag
from tests.conftest import Client

UNKNOWN = "0" * 32


@pytest.fixture
def template(database: str, ada: Client) -> Drawn:
    return draw_onboarding(database, ada)


@pytest.fixture
def run(ada: Client, template: Drawn) -> str:
    return str(launched(ada, template, name="Globex", prerun={template.fields["text"]: "first"})["id"])


def put(client: Client, run: str, **body: Any) -> dict[str, Any]:
    return dict(client.data("PUT", f"/runs/{run}", json=body))


def test_unknown_runs_are_404_foreign_organizations_403(ada: Client, otto: Client, run: str) -> None:
    for path in (f"/runs/{UNKNOWN}", "/runs/nonsense"):
        answer = ada.put(path, json={"name": "x"})
        assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert otto.put(f"/runs/{run}", json={"name": "x"}).status_code == 404
    address = f"{ada.root}/organizations/{ada.organization_id}/runs/{run}"
    answer = otto.put(address, json={"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "ORG_FORBIDDEN")
    assert otto.put(f"/runs/{run}", json={"name": 5}).status_code == 404


def test_without_a_token_it_is_401(ada: Client, run: str) -> None:
    address = f"{ada.root}/organizations/{ada.organization_id}/runs/{run}"
    assert httpx.put(address, json={"name": "x"}).status_code == 401


@pytest.mark.rule("P-202")
def test_a_standard_member_changes_name_and_answers_but_no_settings(
    ada: Client, stan: Client, run: str, template: Drawn
) -> None:
    answers = {template.fields["text"]: "second"}
    got = put(stan, run, name="By Stan", prerun=answers)
    assert (got["name"], got["prerun"][template.fields["text"]]) == ("By Stan", "second")
    for key, value in {
        "summary": "x",
        "owner_id": stan.user_id,
        "is_public": True,
        "users": [stan.user_id],
        "publicly_hidden_fields": ["comments"],
        "can_add_oot": False,
    }.items():
        answer = stan.put(f"/runs/{run}", json={key: value})
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), key


@pytest.mark.rule("P-202")
def test_a_field_sent_with_its_present_value_is_never_refused(
    database: str, ada: Client, stan: Client, liv: Client, run: str, template: Drawn
) -> None:
    tag, group = new_tag(database, ada), group_of(database, ada)
    put(
        ada,
        run,
        users=[liv.user_id, stan.user_id],
        groups=[group],
        summary="Notes",
        is_public=True,
        tags=[tag],
        publicly_hidden_fields=["comments", "assignees"],
    )
    now = ada.data("GET", f"/runs/{run}")
    names = (
        "name",
        "summary",
        "owner_id",
        "is_public",
        "publicly_hidden_fields",
        "groups",
        "due_date",
        "can_add_oot",
        "parent_id",
        "assign_someone_else",
        "prerun",
    )
    same = {name: now[name] for name in names} | {
        "users": [str(stan.user_id), str(liv.user_id)],
        "tags": [tag],
    }
    assert put(stan, run, **same | {"name": "Renamed"})["name"] == "Renamed"
    unchanged = put(liv, run, **same | {"name": "Renamed"})
    assert unchanged["last_updated"] == ada.data("GET", f"/runs/{run}")["last_updated"]


@pytest.mark.rule("P-202")
def test_a_light_owner_changes_name_notes_and_answers_only(
    database: str, ada: Client, liv: Client, run: str, template: Drawn
) -> None:
    put(ada, run, owner_id=liv.user_id)
    answers = {template.fields["text"]: "by liv"}
    got = put(liv, run, name="Liv's", summary="Notes", prerun=answers, starred=True)
    assert (got["name"], got["summary"], got["starred"]) == ("Liv's", "Notes", True)
    for key, value in {
        "users": [liv.user_id],
        "is_public": True,
        "tags": [new_tag(database, ada)],
        "folders": [new_folder(database, ada)],
        "owner_id": ada.user_id,
    }.items():
        assert liv.put(f"/runs/{run}", json={key: value}).status_code == 403, key


@pytest.mark.rule("P-202")
def test_another_light_member_only_stars(ada: Client, liv: Client, run: str, template: Drawn) -> None:
    assert liv.put(f"/runs/{run}", json={"starred": True}).status_code == 403
    put(ada, run, users=[liv.user_id])
    assert put(liv, run, starred=True)["starred"] is True
    field = template.fields["text"]
    for body in ({"name": "x"}, {"summary": "x"}, {"prerun": {field: "x"}}, {"prerun": {field: {"a": 1}}}):
        assert liv.put(f"/runs/{run}", json=body).status_code == 403


@pytest.mark.rule("P-203")
def test_an_archived_process_is_not_changed(ada: Client, run: str, template: Drawn) -> None:
    ada.data("DELETE", f"/runs/{run}")
    bodies: list[dict[str, Any]] = [
        {"name": "x"},
        {"starred": True},
        {"prerun": {template.fields["text"]: "x"}},
        {"tags": []},
    ]
    for body in bodies:
        answer = ada.put(f"/runs/{run}", json=body)
        assert (answer.status_code, answer.json()["message"]) == (422, "Cannot update archived processes.")
    assert put(ada, run)["status"] == "archived"
