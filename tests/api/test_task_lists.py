"""The lists of tasks: whose they are, which are in them without filters, and their totals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stepwell.tasks.schemas import TaskShape
from tests.api.drawn import asks, draw, grant, group_of, launched, shows, step
from tests.api.oneoffs import in_days, one_off, to
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped


@pytest.fixture
def own(database: str, server: Server) -> Iterator[House]:
    """An organization of the test's own: its lists hold nothing else."""
    with make_house(database, server.origin, "Initech") as made:
        yield made


def listed(client: Client, path: str) -> list[str]:
    return [task["title"] for task in client.data("GET", path)]


def meta(client: Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["meta"]["pagination"]["count"] == len(body["data"])
    return dict(body["meta"])


def complete(client: Client, task: dict[str, Any]) -> None:
    client.data("POST", "/completed-tasks", json={"task_id": task["id"]})


def test_rows_have_the_shape_of_a_task(own: House) -> None:
    one_off(own.ada, owners=to(own.ada))
    for path in ("/tasks", "/me/tasks", f"/users/{own.ada.user_id}/tasks"):
        (row,) = own.ada.data("GET", path)
        shaped(TaskShape, row)
        assert own.ada.data("GET", f"{path}?with=summary")[0].keys() == row.keys() | {
            "summary",
            "original_summary",
        }


@pytest.mark.rule("P-023")
def test_my_tasks_are_the_open_ones_unless_all_are_asked_for(own: House) -> None:
    done, still = one_off(own.ada, "Done", owners=to(own.stan)), one_off(own.ada, "Open", owners=to(own.stan))
    complete(own.ada, done)
    assert listed(own.stan, "/me/tasks") == ["Open"]
    assert listed(own.stan, f"/users/{own.stan.user_id}/tasks") == ["Open"]
    assert listed(own.stan, "/me/tasks?status=all") == ["Open", "Done"]
    assert listed(own.stan, "/me/tasks?status=completed") == ["Done"]
    assert listed(own.stan, "/tasks?assignee=me") == ["Open", "Done"]
    assert still["id"] != done["id"]


def test_totals_follow_what_is_done(own: House) -> None:
    tasks = [one_off(own.ada, f"T{index}", owners=to(own.stan)) for index in range(3)]
    complete(own.ada, tasks[0])
    assert own.ada.delete(f"/tasks/{tasks[1]['id']}").status_code == 204

    def totals(client: Client, path: str) -> list[int]:
        return [meta(client, f"{path}{query}")["pagination"]["total"]
                for query in ("", "?status=all", "?status=completed", "?status=archived")]  # fmt: skip

    assert totals(own.stan, "/me/tasks") == [1, 2, 1, 1]
    for path in (f"/users/{own.stan.user_id}/tasks", "/me/tasks"):
        assert totals(own.stan, path) == [1, 2, 1, 1]
    assert totals(own.ada, f"/users/{own.stan.user_id}/tasks") == [1, 2, 1, 1]
    assert totals(own.ada, "/tasks") == totals(own.stan, "/tasks") == [2, 2, 1, 1]
    own.ada.data("PUT", f"/tasks/{tasks[1]['id']}/restore")
    assert totals(own.stan, "/me/tasks") == [2, 3, 1, 0]
    assert totals(own.stan, "/tasks") == [3, 3, 1, 0]


@pytest.mark.rule("P-304")
def test_membership_of_a_group_is_assignment(database: str, own: House) -> None:
    group = group_of(database, own.ada, own.stan, own.liv)
    one_off(own.ada, "For the group", owners=to(groups=(group,)))
    one_off(own.ada, "For others", owners=to(own.ada))
    for client in (own.stan, own.liv):
        assert listed(client, "/me/tasks") == ["For the group"]
    assert (
        listed(own.ada, f"/groups/{group}/tasks")
        == listed(own.liv, f"/groups/{group}/tasks")
        == ["For the group"]
    )
    assert listed(own.stan, f"/tasks?owners={own.liv.user_id}") == ["For the group"]
    shaped(TaskShape, own.liv.data("GET", f"/groups/{group}/tasks")[0])
    assert own.ada.get(f"/groups/{'f' * 32}/tasks").status_code == 404


def test_a_guest_is_named_by_address_code_or_id(own: House) -> None:
    task = one_off(own.ada, "Sign", owners=to(guests=("mira@client.example",)))
    code = task["owners"]["taskUrls"][0].split("/guest/")[1].split("/")[0]
    for name in ("mira@client.example", "MIRA%40client.example", code):
        assert listed(own.stan, f"/guests/{name}/tasks") == ["Sign"]
    shaped(TaskShape, own.stan.data("GET", f"/guests/{code}/tasks")[0])
    assert own.stan.get("/guests/nobody@client.example/tasks").status_code == 404
    assert own.liv.get("/guests/mira@client.example/tasks").status_code == 403


def test_unknown_people_are_404(own: House, otto: Client) -> None:
    assert own.ada.get(f"/users/{otto.user_id}/tasks").status_code == 404
    assert own.ada.get("/users/someone/tasks").status_code == 404
    assert otto.get(f"/users/{own.ada.user_id}/tasks").status_code == 404


@pytest.mark.rule("P-215")
def test_light_members_see_their_own_one_off_tasks_only(own: House) -> None:
    one_off(own.ada, "Ada's")
    one_off(own.liv, "Made by Liv")
    one_off(own.ada, "For Liv", owners=to(own.liv))
    assert listed(own.liv, "/tasks") == ["For Liv", "Made by Liv"]
    assert listed(own.stan, "/tasks") == ["For Liv", "Made by Liv", "Ada's"]
    assert listed(own.liv, f"/users/{own.ada.user_id}/tasks") == []


@pytest.mark.rule("P-214", "P-215")
def test_top_secret_tasks_are_not_there_for_others(database: str, own: House) -> None:
    process = launched(own.ada, draw(database, own.ada, step("Plain"), step("Secret", top_secret=True)))
    one_off(own.stan, "Stan's secret", top_secret=True, owners=to(own.liv))
    for client, secret in ((own.ada, True), (own.stan, False)):
        assert ("Secret" in listed(client, "/tasks")) == secret
        assert ("Secret" in listed(client, f"/runs/{process['id']}/tasks")) == secret
        total = meta(client, f"/runs/{process['id']}/tasks")["pagination"]["total"]
        assert total == (2 if secret else 1)
    secret = next(task for task in own.ada.data("GET", "/tasks") if task["title"] == "Secret")
    assert own.stan.get(f"/tasks/{secret['id']}").status_code == 403
    assert listed(own.stan, "/tasks") == ["Stan's secret", "Plain"]
    assert meta(own.stan, "/tasks")["pagination"]["total"] == 2
    assert listed(own.liv, "/tasks") == ["Stan's secret"]


def test_totals_count_what_a_member_may_see(database: str, own: House) -> None:
    shown = draw(database, own.ada, step("Shown"))
    private = draw(
        database, own.ada, step("Mine", assignees=[own.stan.user_id]), step("Beside it", top_secret=True)
    )
    others = draw(database, own.ada, step("Theirs"), step("Theirs, secret", top_secret=True))
    for template in (private, others):
        grant(database, own.ada, template, "PROCESS_READ", everyone=False)
    for template in (shown, private, others):
        launched(own.ada, template)
    assert sorted(listed(own.stan, "/tasks")) == ["Mine", "Shown"]
    assert meta(own.stan, "/tasks")["pagination"]["total"] == 2
    assert meta(own.stan, "/tasks?status=incomplete")["pagination"]["total"] == 2
    assert meta(own.ada, "/tasks")["pagination"]["total"] == 5
    assert listed(own.liv, "/tasks") == []
    assert meta(own.liv, "/tasks")["pagination"]["total"] == 0


@pytest.mark.rule("P-360", "P-363")
def test_hidden_tasks_are_in_no_list_but_that_of_their_process(database: str, own: House) -> None:
    template = draw(
        database, own.ada, step("Seen", assignees=[own.stan.user_id]), step("Unseen", assignees=[own.stan.user_id]),
        kickoff=[asks("Abroad")], rules=[shows("Unseen", "Abroad", "yes")],
    )  # fmt: skip
    process = launched(own.ada, template)
    for path in ("/me/tasks", "/me/tasks?status=all", "/tasks", "/tasks?status=incomplete"):
        assert listed(own.stan, path) == ["Seen"]
    assert meta(own.stan, "/me/tasks?status=all")["pagination"]["total"] == 1
    assert meta(own.stan, "/tasks")["pagination"]["total"] == 1
    tasks = own.stan.data("GET", f"/runs/{process['id']}/tasks")
    assert [(task["title"], task["status"]) for task in tasks] == [
        ("Seen", "not-started"),
        ("Unseen", "auto-skipped"),
    ]
    assert listed(own.stan, f"/runs/{process['id']}/tasks?status=active_visible") == ["Seen"]
    assert listed(own.stan, "/me/tasks?status=auto-skipped") == ["Unseen"]


def test_tasks_of_archived_processes_are_left_out(database: str, own: House) -> None:
    process = launched(own.ada, draw(database, own.ada, step("A", assignees=[own.stan.user_id])))
    own.ada.data("DELETE", f"/runs/{process['id']}")
    one_off(own.ada, "B", owners=to(own.stan))
    for path in ("/me/tasks", "/tasks"):
        assert listed(own.stan, path) == ["B"]
        assert meta(own.stan, path)["pagination"]["total"] == 1
    assert sorted(listed(own.stan, "/me/tasks?status=all&archived=true")) == ["A", "B"]
    assert listed(own.stan, "/me/tasks?status=all&archived=only") == ["A"]
    assert listed(own.stan, f"/runs/{process['id']}/tasks") == ["A"]
    own.ada.data("PUT", f"/runs/{process['id']}/activate")
    assert sorted(listed(own.stan, "/me/tasks")) == ["A", "B"]
    assert meta(own.stan, "/me/tasks?status=all")["pagination"]["total"] == 2


def test_the_list_of_a_process_is_for_those_who_see_it(database: str, own: House, otto: Client) -> None:
    process = launched(own.ada, draw(database, own.ada, step("A"), step("B")))
    path = f"/runs/{process['id']}/tasks"
    assert listed(own.stan, path) == ["A", "B"]
    assert own.liv.get(path).status_code == 403
    assert otto.get(path).status_code == 404
    assert own.ada.get(f"/runs/{'f' * 32}/tasks").status_code == 404


@pytest.mark.rule("P-477")
def test_every_list_says_how_many_are_overdue_and_due_soon(database: str, own: House) -> None:
    for days in (-2, -1, 0.5, 3):
        one_off(own.ada, f"In {days}", owners=to(own.stan), deadline=in_days(days))
    one_off(own.ada, "Other", deadline=in_days(-1), owners=to(own.ada))
    group = group_of(database, own.ada, own.stan)

    def counts(client: Client, path: str) -> tuple[int, int]:
        found = meta(client, path)
        return found["overdue_tasks"], found["tasks_due_soon"]

    assert counts(own.stan, "/me/tasks?status=completed") == (2, 1)
    assert counts(own.ada, f"/users/{own.stan.user_id}/tasks") == (2, 1)
    assert counts(own.ada, "/tasks") == counts(own.stan, "/tasks?per_page=1") == (3, 1)
    assert counts(own.liv, "/tasks") == counts(own.ada, f"/groups/{group}/tasks") == (0, 0)


def test_pages(own: House) -> None:
    for index in range(5):
        one_off(own.ada, f"T{index}", owners=to(own.ada), deadline=in_days(index + 1))
    assert listed(own.ada, "/me/tasks?sort=deadline&per_page=2&page=2") == ["T2", "T3"]
    assert listed(own.ada, "/me/tasks?sort=deadline&limit=3") == ["T0", "T1", "T2"]
    assert listed(own.ada, "/me/tasks?sort=deadline&per_page=2&page=9") == []
    found = meta(own.ada, "/tasks?per_page=2&page=3")["pagination"]
    assert (found["total"], found["count"], found["total_pages"], found["has_more_pages"]) == (5, 1, 3, False)
    everything = meta(own.ada, "/tasks?without_pagination=true&per_page=2")["pagination"]
    assert (everything["count"], everything["total_pages"]) == (5, 1)


def test_the_page_of_a_task_can_be_asked_for(own: House) -> None:
    tasks = [one_off(own.ada, f"T{index}", owners=to(own.ada)) for index in range(5)]
    path = f"/me/tasks?sort=created_at&per_page=2&currentTask={tasks[3]['id']}"
    assert listed(own.ada, path) == ["T2", "T3"]
    assert meta(own.ada, path)["pagination"]["current_page"] == 2
    assert listed(own.ada, f"{path}&replace_page=1") == ["T0", "T1"]
    assert listed(own.ada, f"/tasks?sort=created_at&per_page=2&currentTask={'f' * 32}") == ["T0", "T1"]
