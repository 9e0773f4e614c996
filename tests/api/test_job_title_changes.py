"""Job titles are made, changed and deleted."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from stepwell.people.schemas import JobTitleShape
from tests.api.drawn import draw, launched, step, tasks_by_title
from tests.conftest import Client
from tests.shapes import shaped


def fresh() -> str:
    return f"Welder {secrets.token_hex(4)}"


def made(client: Client, **more: Any) -> dict[str, Any]:
    title: dict[str, Any] = client.data("POST", "/roles", 201, json={"name": fresh(), **more})
    return title


@pytest.mark.rule("G-088", "T-112")
def test_a_job_title_has_a_name_and_those_who_hold_it(ada: Client, stan: Client, liv: Client) -> None:
    name = fresh()
    body = {"name": f" {name} ", "description": "Certified", "users": [liv.user_id, str(stan.user_id), liv.user_id],
            "permissions": ["x"]}  # fmt: skip
    title = shaped(JobTitleShape, stan.data("POST", "/roles", 201, json=body))
    assert (title["name"], title["description"], title["permissions"]) == (name, "Certified", {})
    assert title["users"] == [liv.user_id, stan.user_id]
    assert liv.data("GET", f"/roles/{title['id']}") == title
    after = shaped(JobTitleShape, ada.data("PUT", f"/roles/{title['id']}", json={"users": []}))
    assert (after["name"], after["description"], after["users"]) == (name, "Certified", [])
    after = ada.data("PATCH", f"/roles/{title['id']}", json={"name": name.upper(), "description": None})
    assert (after["name"], after["description"]) == (name.upper(), "")


def test_every_wrong_field_of_a_job_title_is_named(ada: Client, otto: Client) -> None:
    taken = made(ada)["name"]
    for name, message in (
        (None, "The name field is required."),
        ("x" * 101, "The name may not be greater than 100 characters."),
        (taken.upper(), "The name has already been taken."),
    ):
        for method, path in (("POST", "/roles"), ("PUT", f"/roles/{made(ada)['id']}")):
            answer = ada.request(method, path, json={"name": name})
            assert (answer.status_code, answer.json()["errors"]) == (422, {"name": [message]})
    answer = ada.post("/roles", json={"name": taken, "users": [ada.user_id, otto.user_id]})
    assert answer.json()["errors"] == {
        "name": ["The name has already been taken."],
        "users.1": ["The selected users.1 is invalid."],
    }


@pytest.mark.rule("T-201", "G-059")
def test_who_may_change_job_titles(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    title = made(stan)
    assert liv.post("/roles", json={"name": ""}).status_code == 403
    for method in ("PUT", "DELETE"):
        for client, status in ((stan, 403), (liv, 403), (otto, 404)):
            assert client.request(method, f"/roles/{title['id']}", json={"name": ""}).status_code == status
    assert ada.delete(f"/roles/{title['id']}").status_code == 204
    assert (
        ada.delete(f"/roles/{title['id']}").status_code == ada.get(f"/roles/{title['id']}").status_code == 404
    )


@pytest.mark.rule("G-088")
def test_a_deleted_job_title_leaves_all_steps_and_the_starter_stands_in(
    database: str, ada: Client, stan: Client
) -> None:
    title = made(ada, users=[stan.user_id])
    template = draw(database, ada, step("Weld", roles=[title["id"]]), step("Other"))
    launched(ada, template)
    assert ada.delete(f"/roles/{title['id']}").status_code == 204
    steps = {one["title"]: one for one in ada.data("GET", f"/checklists/{template.id}/steps")}
    assert steps["Weld"]["roles"] == []
    task = tasks_by_title(ada, launched(ada, template))["Weld"]
    assert task["owners"]["users"] == [ada.user_id]
