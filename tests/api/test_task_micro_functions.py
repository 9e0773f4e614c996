"""The connector's micro-functions on tasks."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.tasks.schemas import OneTaskShape, SmallTaskShape
from tests.api.drawn import reasons
from tests.api.oneoffs import one_off, to
from tests.conftest import Client
from tests.shapes import shaped


def root(client: Client, prefix: str = "") -> str:
    base = client.root if prefix else client.root.removesuffix("/api")
    return f"{base}/processes/micro-functions/organizations/{client.organization_id}/tasks"


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_small_task_is_made(ada: Client, stan: Client, prefix: str) -> None:
    body: dict[str, Any] = {
        "name": "Call Mira", "task_type": "approval", "deadline": "2030-05-06 07:08:09", "description": "<p>Now</p>",
        "owners": {"users": [stan.user_id], "guests": ["mira@client.example, omar@client.example"]},
    }  # fmt: skip
    task = shaped(SmallTaskShape, ada.data("POST", root(ada, prefix), json=body))
    assert (task["title"], task["description"], task["owner_id"]) == ("Call Mira", "<p>Now</p>", ada.user_id)
    assert (task["alias"], task["deadline"], task["task_type"]) == (None, "2030-05-06T07:08:09Z", "approval")
    assert task["owners"]["guests"] == ["mira@client.example", "omar@client.example"]
    plain = ada.data("POST", root(ada), json={"name": "Plain", "deadline": "2030-05-06 07:08:09"})
    assert (plain["task_type"], plain["owners"]["users"]) == ("task", [])
    assert reasons(ada, "POST", root(ada), json={}).keys() == {"title", "deadline"}


@pytest.mark.parametrize("key", ["Deadline", "deadline"])
def test_the_deadline_is_edited(ada: Client, liv: Client, otto: Client, key: str) -> None:
    task = one_off(ada)
    path = f"{root(ada)}/{task['id']}/edit-deadline"
    changed = shaped(OneTaskShape, ada.data("PUT", path, json={key: "2031-01-02 03:04:05"}))
    assert changed["deadline"] == "2031-01-02T03:04:05Z"
    assert reasons(ada, "PUT", path, json={}) == {"deadline": ["The deadline field is required."]}
    assert liv.put(path, json={key: "2031-01-02"}).status_code == 403
    assert otto.put(path, json={key: "2031-01-02"}).status_code == 403
    assert otto.put(f"{root(otto)}/{task['id']}/edit-deadline", json={key: "2031-01-02"}).status_code == 404


def test_people_are_taken_off(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    task = one_off(ada, owners=to(ada, stan, guests=("mira@client.example",)))
    member, guest = (f"{root(ada)}/{task['id']}/{name}" for name in ("remove-assignee", "remove-guest"))
    changed = shaped(OneTaskShape, ada.data("PUT", f"{member}/{stan.user_id}"))
    assert changed["owners"]["users"] == [ada.user_id]
    changed = shaped(OneTaskShape, ada.data("PUT", f"{guest}/Mira%40client.example"))
    assert changed["owners"] == {**to(ada), "taskUrls": []}
    assert reasons(ada, "PUT", f"{member}/{stan.user_id}").keys() == {"member"}
    assert reasons(ada, "PUT", f"{guest}/mira@client.example").keys() == {"guest"}
    assert liv.put(f"{member}/{ada.user_id}").status_code == 403
    assert otto.put(f"{root(otto)}/{task['id']}/remove-assignee/{ada.user_id}").status_code == 404
    assert ada.put(f"{member}/ada").status_code == 404
