"""Tasks that have been overdue for very long are closed by the bot, in silence."""

from __future__ import annotations

from datetime import datetime

import pytest

from stepwell.clock.closing import close_forgotten_tasks
from tests.api.made import Maker
from tests.api.oneoffs import one_off
from tests.api.templating import add_field, add_step, make_template
from tests.clock.moments import Still, days_after_launch, in_days, launch, task_now
from tests.conftest import House

EIGHTEEN_MONTHS = 18 * 31


def close(still: Still, home: House, moment: datetime) -> int:
    return still.at(moment, lambda services: close_forgotten_tasks(services, home.id))


@pytest.mark.rule("P-492", "G-025")
def test_a_task_overdue_by_eighteen_months_is_closed_by_the_bot(still: Still, home: House) -> None:
    template = make_template(home.ada)
    step = add_step(home.ada, template, title="Approve", step_type="approval", deadline=days_after_launch(2))
    add_field(home.ada, template, step, required=True)
    process = launch(home.ada, template)
    task = process["tasks"]["Approve"]
    assert close(still, home, in_days(2 + 17 * 30)) == 0
    assert close(still, home, in_days(3 + EIGHTEEN_MONTHS)) == 1
    closed = task_now(home.ada, task)
    assert (closed["status"], closed["status_label"]) == ("completed", "completed")
    assert (closed["is_approved"], closed["completer_id"]) == (None, None)
    assert home.ada.data("GET", f"/runs/{process['id']}")["status"] == "complete"
    told = home.ada.data("GET", f"/tasks/{task['id']}?with=activities,threads")
    entry = next(one for one in told["activities"]["data"] if "completed" in one["verb"])
    assert (entry["source"], entry["audit_state"]["event"]) == (["Bot"], "task_auto_completed")
    assert told["threads"]["data"] == [], "nothing is said about it"


@pytest.mark.rule("P-492", "G-025")
def test_the_organization_says_after_how_many_months_if_at_all(still: Still, home: House) -> None:
    one_off(home.ada)
    setting = Maker(still.database, home.ada).setting
    setting("auto_complete_tasks", False)
    assert close(still, home, in_days(1000)) == 0
    setting("auto_complete_tasks", True)
    setting("auto_complete_task_months", 2)
    assert close(still, home, in_days(5 + 50)) == 0
    assert close(still, home, in_days(5 + 63)) == 1


def test_what_an_issue_freezes_stays_open_however_old(still: Still, home: House) -> None:
    task = one_off(home.ada)
    home.ada.data("POST", f"/tasks/{task['id']}/problem", 201, json={"content": "Cannot be done"})
    assert close(still, home, in_days(1000)) == 0
