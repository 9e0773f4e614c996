"""Scenarios S-05 to S-07 and S-10 of the processes: what counts, what status a process has, who comes first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.drawn import reasons, step
from tests.api.talk import reported, resolved, said
from tests.conftest import Client
from tests.scenarios.people import SEPTEMBER, Nordlicht
from tests.scenarios.plan import after, chooses, chosen, ids, plan
from tests.scenarios.stage import Stage


@pytest.mark.rule("P-008", "P-009", "P-010", "P-012", "P-361", "P-363")
def test_p_s05_progress_and_hidden_tasks(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-05. A hidden task counts neither in the progress nor in the due date, and is nobody's to do.

    That its assignee gets one mail when it is shown comes with notifications.
    """
    sam, lea = nordlicht.sam, nordlicht.lea
    titles = [f"T{number}" for number in range(9)]
    steps = [step(title, deadline=after(16)) for title in titles]
    drawn = plan(stage, nordlicht.ada, *steps, step("J", deadline=after(26), assignees=ids([lea])))
    run = drawn.launch(sam)
    for title in titles[:4]:
        run.complete(title)

    def state() -> tuple[object, object, object]:
        now = run.now()
        return now["progress"], now["whole_progress"], now["due_date"]

    whole = {"complete": 4, "total": 10, "percent": 40}
    assert state() == (whole, whole, "2026-09-30T08:00:00Z")
    assert [one["title"] for one in lea.data("GET", "/me/tasks")] == ["J"]
    before = stage.mails(sam)
    run.hide("J", sam)
    seen = {"complete": 4, "total": 9, "percent": 44}
    assert state() == (seen, whole, "2026-09-20T08:00:00Z")
    assert lea.data("GET", "/me/tasks") == []
    run.complete("J", lea, status=422)
    assert stage.mails(sam) == before
    sam.data("PUT", f"/tasks/{run.id_of('J')}", json={"deadline": "2026-09-01T08:00:00Z"})
    now = run.now()
    assert (now["due_date_passed"], now["late_tasks"]) == (False, 0)
    run.show("J", sam)
    assert state()[:2] == (whole, whole)
    assert [one["title"] for one in lea.data("GET", "/me/tasks")] == ["J"]


@pytest.mark.rule("P-003", "P-004", "P-005", "P-007", "P-630")
def test_p_s06_status_precedence_and_an_issue_of_the_process(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-06. An issue of the process freezes it and comes before one of a task; archived comes before all.

    The webhook and the mails about the end come with webhooks and notifications.
    """
    ada, lea = nordlicht.ada, nordlicht.lea
    k = step("K", step_type="expiring", assignees=ids([lea]), deadline=after(12, "hours"))
    run = plan(stage, ada, step("Other"), k).launch(ada)
    run.complete("Other")
    assert run.due("K") == "2026-09-04T20:00:00Z"
    task_issue = reported(lea, run.task("K"))
    assert run.now()["status"] == "problem"
    issue = ada.data("POST", f"{run.path}/problem", 201, json={"content": "Stop all of it"})
    now = run.now()
    assert (now["status"], now["has_open_issue"]) == ("issue", True)
    for title in ("K", "Other"):
        path = f"{run.path}/tasks/{run.id_of(title)}"
        refused = reasons(ada, "PUT", path, json={"title": "Changed"})
        assert "issue" in str(refused).lower()
    body = {"task_id": run.id_of("K")}
    assert "issue" in str(reasons(lea, "POST", f"{run.path}/completed-tasks", json=body)).lower()
    said(ada, run.task("K"), "We are looking into it")
    assert stage.check_run(ada, datetime(2026, 9, 4, 20, 5, tzinfo=UTC)) == 0

    def listed(status: str) -> list[str]:
        return [one["id"] for one in ada.data("GET", f"/runs?status={status}")]

    found = [run.made["id"]]
    assert (listed("problem"), listed("issue"), listed("active")) == (found, found, [])
    ada.data("POST", f"{run.path}/resolved-threads", json={"content": "Go on", "thread_id": issue["id"]})
    assert run.now()["status"] == "problem"
    resolved(ada, run.task("K"), task_issue["id"])
    now = run.now()
    assert (now["status"], now["late_tasks"]) == ("active", 1)
    assert stage.check_run(ada, datetime(2026, 9, 4, 20, 10, tzinfo=UTC)) == 1
    now = run.now()
    assert (now["status"], now["completed_at"]) == ("complete", "2026-09-04T20:10:00Z")
    ada.data("DELETE", run.path)
    assert run.now()["status"] == "archived"


@pytest.mark.rule("P-362", "P-366")
def test_p_s07_manual_visibility_beats_rules(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-07. What somebody hid or showed stays so, and a completed task is changed by no rule."""
    sam = nordlicht.sam
    country = chooses("Country", "dropdown", "Norway", "Spain", "Chile")
    drawn = plan(stage, nordlicht.ada, step("First"), step("Q", assignees=ids([sam])),
                 step("Other"), kickoff=[country])  # fmt: skip
    drawn.rule(drawn.answer("Country", "equals", "Norway"), drawn.show("Q"))
    drawn.rule(drawn.answer("Country", "equals", "Chile"), drawn.hide("Q"))
    drawn.rule(drawn.when("First"), drawn.hide("Q"), drawn.deadline("Q", 3, "days", "from"),
               drawn.assign("Q", users=ids([nordlicht.sue])))  # fmt: skip
    run = drawn.launch(sam, {"Country": chosen(1, "Norway")})
    assert "Q" in run.visible()

    def moves_to(option: int, text: str) -> None:
        sam.data("PUT", run.path, json={"prerun": {drawn.field("Country"): chosen(option, text)}})

    moves_to(2, "Spain")
    assert "Q" in run.visible()
    run.hide("Q", sam)
    moves_to(1, "Norway")
    assert "Q" not in run.visible()
    run.show("Q", sam)
    moves_to(3, "Chile")
    assert "Q" in run.visible()
    run.complete("Q", sam)
    before = run.task("Q")
    answer = run.complete("First", sam)
    assert answer["data"]["tasks_changed_by_rules"] == {}
    assert run.task("Q") == before


@pytest.mark.rule("P-310", "P-312")
def test_p_s10_completing_twice(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-10. Of two completions at one instant, one is the first and the other is refused.

    That one webhook and one set of mails follow comes with webhooks and notifications.
    """
    sam, sue = nordlicht.sam, nordlicht.sue
    run = plan(stage, nordlicht.ada, step("W", assignees=ids([sam, sue])), step("Other")).launch(sam)
    body = {"task_id": run.id_of("W")}

    def complete(client: Client) -> int:
        return client.post(f"{run.path}/completed-tasks", json=body).status_code

    with ThreadPoolExecutor(2) as both:
        statuses = list(both.map(complete, (sam, sue)))
    assert sorted(statuses) == [200, 422]
    first = (sam, sue)[statuses.index(200)]
    assert run.task("W")["completer_id"] == first.user_id
    stage.now = SEPTEMBER + timedelta(hours=1)
    assert complete(sam) == 422
    done = [row for row in run.log("W") if row["verb"] == ["completed"]]
    assert len(done) == 1
