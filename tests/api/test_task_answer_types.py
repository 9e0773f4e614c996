"""What each type of field takes as an answer to a task, what it keeps, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import OPTIONS, asks, draw, group_of, launched, step, tasks_by_title
from tests.conftest import Client

KEPT: list[Any] = [
    pytest.param(asks("Q"), "x" * 255, "x" * 255, marks=pytest.mark.rule("P-540")),
    pytest.param(asks("Q"), 12, "12", marks=pytest.mark.rule("P-540")),
    pytest.param(asks("Q", "textarea"), "a\nb", "a\nb", marks=pytest.mark.rule("P-541")),
    pytest.param(asks("Q", "textarea"), "x" * 30_000, "x" * 30_000, marks=pytest.mark.rule("P-541")),
    pytest.param(asks("Q", "radio"), "Gold", "Gold", marks=pytest.mark.rule("P-542")),
    pytest.param(asks("Q", "dropdown"), {"id": 2, "text": "Gold"}, OPTIONS[1], marks=pytest.mark.rule("P-542")),
    pytest.param(asks("Q", "date"), "2030-01-02T23:30:00-05:00", "2030-01-02", marks=pytest.mark.rule("P-543")),
    pytest.param(asks("Q", "date", collect_time=True), "2030-01-02T23:30:00-05:00", "2030-01-03T04:30:00Z",
                 marks=pytest.mark.rule("P-543")),
    pytest.param(asks("Q", "email"), "a@b.example", "a@b.example", marks=pytest.mark.rule("P-544")),
    pytest.param(asks("Q", "file"), [{"url": "x.example/a.pdf"}], [{"url": "https://x.example/a.pdf"}],
                 marks=pytest.mark.rule("P-545")),
    pytest.param(asks("Q", "table"), ["Desk", "10"], ["Desk", "10"], marks=pytest.mark.rule("P-556")),
    pytest.param(asks("Q", "table"), [["Desk", "Chair"], ["10", "5"]], [["Desk", "Chair"], ["10", "5"]],
                 marks=pytest.mark.rule("P-556")),
    pytest.param(asks("Q", "table"), [["Desk", "10"], ["Chair", "5"], ["Lamp", "3"]],
                 [["Desk", "Chair", "Lamp"], ["10", "5", "3"]], marks=pytest.mark.rule("P-556")),
    pytest.param(asks("Q", "table"), [["Desk", ""], ["10", " "]], [["Desk"], ["10"]], marks=pytest.mark.rule("P-550")),
]  # fmt: skip

REFUSED: list[Any] = [
    pytest.param(asks("Q"), "x" * 256, "Q may not be greater than 255 characters.", marks=pytest.mark.rule("P-540")),
    pytest.param(asks("Q", field_validation=["numeric", "max:9"]), "12", "Q may not be greater than 9.",
                 marks=pytest.mark.rule("P-540")),
    pytest.param(asks("Q", "textarea"), "x" * 30_001, "Q may not be greater than 30000 characters.",
                 marks=pytest.mark.rule("P-541")),
    pytest.param(asks("Q", "radio"), "Silver", "Invalid radio choice selected", marks=pytest.mark.rule("P-542")),
    pytest.param(asks("Q", "dropdown"), {"id": 1, "text": "Gold"}, "Invalid dropdown choice selected.",
                 marks=pytest.mark.rule("P-542")),
    pytest.param(asks("Q", "date"), 1767225600, "Q must be a valid date.", marks=pytest.mark.rule("P-543")),
    pytest.param(asks("Q", "email"), "nobody", "Q must be a valid email address.", marks=pytest.mark.rule("P-544")),
    pytest.param(asks("Q", "assignees_form"), {"users": [999999999]},
                 "Some users are not valid members of this organization", marks=pytest.mark.rule("P-544")),
    pytest.param(asks("Q", "table"), ["Desk"], "Number of columns does not match required columns",
                 marks=pytest.mark.rule("P-556")),
    pytest.param(asks("Q", "table"), "", "Invalid table field", marks=pytest.mark.rule("P-556")),
]  # fmt: skip


def task_asking(database: str, client: Client, field: dict[str, Any]) -> tuple[str, str]:
    """The path of a task of a process that asks for this field, and the field's id."""
    template = draw(database, client, step("A", field))
    task = tasks_by_title(client, launched(client, template))["A"]
    return f"/tasks/{task['id']}", template.fields["Q"]


@pytest.mark.parametrize(("field", "sent", "kept"), KEPT)
def test_what_fits_is_kept(database: str, ada: Client, field: dict[str, Any], sent: Any, kept: Any) -> None:
    path, key = task_asking(database, ada, field)
    assert ada.data("PUT", path, json={"taskdata": {key: sent}})["taskdata"] == {key: kept}


@pytest.mark.parametrize(("field", "sent", "message"), REFUSED)
def test_what_does_not_fit_is_refused(
    database: str, ada: Client, field: dict[str, Any], sent: Any, message: str
) -> None:
    path, key = task_asking(database, ada, field)
    answer = ada.put(path, json={"taskdata": {key: sent}})
    assert (answer.status_code, answer.json()["errors"]) == (422, {f"taskdata.{key}": [message]})


@pytest.mark.rule("P-544")
def test_an_assignee_field_assigns_nobody_by_itself(database: str, ada: Client, stan: Client) -> None:
    path, key = task_asking(database, ada, asks("Q", "assignees_form"))
    picked = {
        "users": [str(stan.user_id)],
        "guests": ["Mira@client.example"],
        "groups": [group_of(database, ada, stan)],
    }
    changed = ada.data("PUT", path, json={"taskdata": {key: picked}})
    assert changed["taskdata"][key] == {**picked, "users": [stan.user_id], "guests": ["mira@client.example"]}
    assert changed["owners"]["users"] == [ada.user_id]


@pytest.mark.rule("P-537")
def test_a_default_is_an_answer_as_soon_as_the_task_is_visible(database: str, ada: Client) -> None:
    field = asks("Q", default_value="usual", default_value_enabled=True, required=True)
    path, key = task_asking(database, ada, field)
    task = ada.data("GET", path)
    assert (task["taskdata"], task["is_completable"]) == ({key: "usual"}, True)


@pytest.mark.rule("P-550")
def test_a_required_table_wants_one_cell(database: str, ada: Client) -> None:
    path, key = task_asking(database, ada, asks("Q", "table", required=True))
    assert not ada.data("PUT", path, json={"taskdata": {key: [["", " "], [None, ""]]}})["is_completable"]
    assert ada.data("PUT", path, json={"taskdata": {key: [["", "x"], ["", ""]]}})["is_completable"]


@pytest.mark.rule("P-024")
def test_whether_it_can_be_completed_is_said_to_each_caller(database: str, ada: Client, stan: Client) -> None:
    path, key = task_asking(database, ada, asks("Q", required=True))

    def completable() -> tuple[bool, bool]:
        return ada.data("GET", path)["is_completable"], stan.data("GET", path)["is_completable"]

    assert completable() == (False, False)
    run = ada.data("PUT", path, json={"taskdata": {key: "x"}})["run_id"]
    assert completable() == (True, True)
    ada.data("PUT", path, json={"can_complete_only_assignees": True})
    assert completable() == (True, False)
    ada.data("PUT", path, json={"status": "auto-skipped"})
    assert completable() == (False, False)
    ada.data("PUT", path, json={"status": "not-started"})
    issue = ada.post(f"{path}/problem", json={"content": "Broken"})
    assert (issue.status_code, completable()) == (201, (False, False))
    ada.post(f"{path}/resolved-threads", json={"content": "Mended"})
    ada.data("DELETE", f"/runs/{run}")
    assert completable() == (False, False)
    ada.data("PUT", f"/runs/{run}/activate")
    assert completable() == (True, False)
    ada.data("POST", "/completed-tasks", json={"task_id": path.removeprefix("/tasks/")})
    assert completable() == (False, False)
