"""Scenarios S-12 and S-13 of the processes: what happens in time, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.api.drawn import step
from tests.conftest import Client
from tests.scenarios.people import Nordlicht
from tests.scenarios.plan import Plan, after, ids, plan
from tests.scenarios.stage import Stage


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC)


def escalating(stage: Stage, nordlicht: Nordlicht) -> Plan:
    escalate = step("Escalate", step_type="expiring", deadline=after(2), assign_run_starter=False)
    drawn = plan(stage, nordlicht.ada, step("Approve budget", assignees=ids([nordlicht.sam])), escalate)
    drawn.rule(drawn.when("Escalate", "expired"), drawn.assign("Approve budget", users=ids([nordlicht.ada])))
    return drawn


@pytest.mark.rule("P-333", "P-334", "P-480", "P-481", "P-490")
def test_p_s12_escalation_by_an_expiring_task(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-12. Nobody did the work, so somebody is added; what is done or acknowledged is left alone.

    That only Ada is mailed comes with notifications.
    """
    ada, sam = nordlicht.ada, nordlicht.sam
    drawn = escalating(stage, nordlicht)
    late, done, acknowledged = (drawn.launch(ada) for _ in range(3))
    held = escalating(stage, nordlicht)
    held.change_step("Escalate", deadline=after(1, step=held.step("Approve budget")["id"]))
    waiting = held.launch(ada)
    stage.now = at(5, 8)
    done.complete("Approve budget", sam)
    answer = acknowledged.complete("Escalate", ada)["data"]
    assert (answer["is_approved"], answer["status_label"]) == (True, "acknowledged")
    assert stage.check_run(ada, at(6, 7, 55)) == 0
    assert stage.check_run(ada, at(6, 8, 5)) == 2
    ended = late.task("Escalate")
    assert (ended["status"], ended["is_approved"], ended["status_label"]) == ("completed", False, "expired")
    assert (ended["completer_id"], ended["completer_guest"]) == (None, None)
    assert len(late.said("Escalate")) == 1
    assert late.people("Approve budget")[0] == ids([sam, ada])
    assert done.task("Escalate")["status_label"] == "expired"
    assert done.people("Approve budget")[0] == ids([sam])
    assert acknowledged.people("Approve budget")[0] == ids([sam])
    assert acknowledged.task("Escalate")["status_label"] == "acknowledged"
    assert waiting.due("Escalate") is None
    assert stage.check_run(ada, datetime(2027, 9, 1, tzinfo=UTC)) == 0
    overdue = ada.data("GET", f"{waiting.path}/tasks?status=overdue")
    assert [one["title"] for one in overdue] == ["Approve budget"]
    assert "Escalate" not in [one["title"] for one in ada.data("GET", "/tasks?status=overdue")]


@pytest.mark.rule("P-472", "P-473", "P-475", "P-484", "P-485")
def test_p_s13_deadlines_working_time_and_dependents(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-13. Dependents count from the completion, in working time; what was set by hand stays.

    The mails about moved deadlines come with notifications.
    """
    nordlicht.works_nine_to_five()
    sam = nordlicht.sam
    drawn = plan(stage, nordlicht.ada, *(step(title) for title in ("S1", "S2", "S3", "S4")))
    first, second = drawn.step("S1")["id"], drawn.step("S2")["id"]
    drawn.change_step("S2", deadline=after(1, step=first))
    drawn.change_step("S3", deadline=after(2, "hours", step=first))
    drawn.change_step("S4", deadline=after(2, "hours", step=second, option="prior_to"))
    run = drawn.launch(sam)

    def dues() -> list[str | None]:
        return [run.due(title) for title in ("S2", "S3", "S4")]

    def set_due(client: Client, title: str, moment: str) -> None:
        client.data("PUT", f"/tasks/{run.id_of(title)}", json={"deadline": moment})

    assert dues() == [None, None, None]
    stage.now = at(4, 14, 30)
    run.complete("S1")
    assert dues() == ["2026-09-07T07:00:00Z"] * 3
    set_due(sam, "S3", "2026-09-10T12:00:00Z")
    run.reopen("S1")
    stage.now = at(8, 10)
    run.complete("S1")
    assert dues() == ["2026-09-09T10:00:00Z", "2026-09-10T12:00:00Z", "2026-09-09T08:00:00Z"]
    set_due(sam, "S2", "2026-09-13T10:00:00Z")
    assert run.due("S2") == "2026-09-14T07:00:00Z"
