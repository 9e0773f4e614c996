"""What an administrator, a standard and a light member may do about templates and what comes of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.templating import Json, make_template
from tests.conftest import Client, House


@dataclass(frozen=True)
class Scene:
    """A template that everybody may read, and a process of it whose task is the administrator's."""

    template: str
    process: str
    task: str
    tag: str
    snippet: str


@pytest.fixture
def scene(ada: Client, stan: Client, liv: Client) -> Scene:
    template = make_template(ada, "One", "Two")
    for name in ("CHECKLIST_READ", "PROCESS_READ"):
        body = {"everyone": False, "users": [liv.user_id, stan.user_id], "groups": []}
        ada.data("PUT", f"/checklists/{template['id']}/permissions/{name}", json=body)
    process = ada.data("POST", "/runs", 201, json={"checklist_id": template["id"], "name": "x"})
    task = ada.data("GET", f"/runs/{process['id']}/tasks")[0]
    tag = ada.data("POST", "/tags", 201, json=a_tag())
    snippet = ada.data("POST", "/text-templates", 201, json={"title": "s", "content": "s"})
    return Scene(template["id"], process["id"], task["id"], tag["id"], str(snippet["id"]))


def a_tag() -> Json:
    return {"title": f"tag {secrets.token_hex(4)}", "color": "#3498db"}


Ask = tuple[str, Callable[[Scene], str], Callable[[Scene], dict[str, Any]]]


def ask(
    method: str, path: str, body: Callable[[Scene], dict[str, Any]] | dict[str, Any] | None = None
) -> Ask:
    """A request; `path` may name parts of the scene."""
    return method, lambda of: path.format(of=of), body if callable(body) else lambda _: body or {}


DUE = "2031-01-01T00:00:00Z"
TEMPLATE, RUN, TASK = "/checklists/{of.template}", "/runs/{of.process}", "/tasks/{of.task}"
ABILITIES: dict[str, tuple[Ask, tuple[int, int, int]]] = {
    "create a template": (ask("POST", "/checklists", {"title": "New", "type": "form"}), (201, 201, 403)),
    "import a template": (
        ask("POST", "/checklists", {"title": "New", "type": "procedure", "steps": [{"title": "One"}]}),
        (201, 201, 403),
    ),
    "see a template": (ask("GET", TEMPLATE), (200, 200, 200)),
    "edit a template": (ask("PATCH", TEMPLATE, {"guidance": "x"}), (200, 200, 403)),
    "add a step": (ask("POST", TEMPLATE + "/steps", {"title": "x"}), (201, 201, 403)),
    "archive a template": (ask("DELETE", TEMPLATE), (200, 200, 403)),
    "delete a live template for good": (ask("DELETE", TEMPLATE + "/delete"), (422, 403, 403)),
    "duplicate a template": (ask("POST", TEMPLATE + "/clone"), (201, 201, 403)),
    "change readiness": (ask("PUT", TEMPLATE + "/status", {"status": "finishing"}), (200, 200, 200)),
    "set permissions": (ask("PUT", TEMPLATE + "/permissions/PROCESS_READ", {"everyone": True}), (200, 200, 403)),
    "publish": (ask("PUT", TEMPLATE + "/publish"), (200, 200, 403)),
    "attach a tag": (
        ask("POST", "/checklists/tags",
            lambda of: {"subject_type": "Checklist", "subject_id": of.template, "tag_id": of.tag}),
        (201, 201, 403),
    ),
    "make a tag": (ask("POST", "/tags", lambda _: a_tag()), (201, 403, 403)),
    "rename a tag": (ask("PUT", "/tags/{of.tag}", lambda _: a_tag()), (200, 403, 403)),
    "delete a tag": (ask("DELETE", "/tags/{of.tag}"), (204, 403, 403)),
    "make a folder": (ask("POST", "/folders", {"name": "F", "folder_type": "checklist"}), (201, 201, 403)),
    "write a snippet": (ask("PUT", "/text-templates/{of.snippet}", {"title": "x"}), (200, 403, 403)),
    "read a snippet": (ask("GET", "/text-templates/{of.snippet}"), (200, 200, 200)),
    "launch": (ask("POST", "/runs", lambda of: {"checklist_id": of.template, "name": "x"}), (201, 201, 403)),
    "see a process": (ask("GET", RUN), (200, 200, 200)),
    "complete a task of others": (ask("POST", "/completed-tasks", lambda of: {"task_id": of.task}), (200, 200, 403)),
    "assign a guest": (ask("PUT", TASK, {"owners": {"guests": ["g@x.example"]}}), (200, 200, 403)),
    "change a deadline": (ask("PUT", TASK, {"deadline": DUE}), (200, 200, 403)),
    "add a one-off task": (
        ask("POST", "/tasks", lambda of: {"title": "x", "deadline": DUE, "run_id": of.process,
                                          "owners": {"users": [], "guests": [], "groups": []}}),
        (201, 201, 403),
    ),
    "archive a process": (ask("DELETE", RUN), (200, 200, 403)),
    "delete a live process for good": (ask("DELETE", RUN + "/delete"), (422, 403, 403)),
    "list the members": (ask("GET", "/users"), (200, 200, 200)),
    "list the guests": (ask("GET", "/guests"), (200, 200, 200)),
}  # fmt: skip


UNDONE: dict[str, tuple[str, Callable[[Scene, httpx.Response], str]]] = {
    "archive a template": ("PUT", lambda of, _: f"/checklists/{of.template}/restore"),
    "archive a process": ("PUT", lambda of, _: f"/runs/{of.process}/activate"),
    "complete a task of others": ("DELETE", lambda of, _: f"/completed-tasks/{of.task}"),
    "attach a tag": ("DELETE", lambda _, answer: f"/checklists/tags/{answer.json()['data']['id']}"),
}
"""What makes room for the next member to try the same."""


@pytest.mark.rule("T-201")
@pytest.mark.parametrize("ability", ABILITIES)
def test_who_is_able_to(house: House, scene: Scene, ability: str) -> None:
    (method, path, body), statuses = ABILITIES[ability]
    found = []
    for member in (house.ada, house.stan, house.liv):
        answer = member.request(method, path(scene), json=body(scene))
        found.append(answer.status_code)
        if answer.is_success and ability in UNDONE:
            undo, where = UNDONE[ability]
            assert house.ada.request(undo, where(scene, answer)).is_success
    assert tuple(found) == statuses


@pytest.mark.rule("T-201", "T-012")
def test_only_administrators_pin(house: House, scene: Scene) -> None:
    for member, pinned in ((house.stan, False), (house.ada, True)):
        got = member.data("PATCH", f"/checklists/{scene.template}", json={"is_pinned": True})
        assert got["is_pinned"] is pinned


@pytest.mark.rule("T-201")
def test_what_a_light_member_may_do_when_it_is_given_to_him(ada: Client, liv: Client, scene: Scene) -> None:
    body = {"everyone": False, "users": [liv.user_id], "groups": []}
    ada.data("PUT", f"/checklists/{scene.template}/permissions/PROCESS_LAUNCH", json=body)
    process = liv.data("POST", "/runs", 201, json={"checklist_id": scene.template, "name": "mine"})
    task = liv.data("GET", f"/runs/{process['id']}/tasks")[0]
    assert task["owners"]["users"] == [liv.user_id]
    done = {"task_id": task["id"]}
    assert liv.data("POST", "/completed-tasks", json=done)["status"] == "completed"
    assert liv.data("DELETE", f"/completed-tasks/{task['id']}")["status"] == "in-progress"
    assert liv.put(f"/tasks/{task['id']}", json={"deadline": DUE}).status_code == 403
    for name in ("CHECKLIST_EDIT", "CHECKLIST_DUPLICATE"):
        ada.data("PUT", f"/checklists/{scene.template}/permissions/{name}", json=body)
    assert liv.patch(f"/checklists/{scene.template}", json={"guidance": "x"}).status_code == 403
    assert liv.post(f"/checklists/{scene.template}/clone", json={}).status_code == 403
