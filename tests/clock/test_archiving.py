"""Processes that are complete are archived after a while, where an organization wants that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from stepwell import features
from stepwell.clock.archiving import archive_finished_processes
from stepwell.clock.due import organizations_due
from stepwell.jobs import jobs
from tests.api.made import Maker
from tests.api.templating import make_template
from tests.clock.moments import Still, in_days, launch
from tests.conftest import House


def archive(still: Still, home: House, moment: datetime, **more: int) -> int:
    return still.at(moment, lambda services: archive_finished_processes(services, home.id, **more))


def finished(home: House, template: dict[str, Any]) -> str:
    process = launch(home.ada, template)
    for task in process["tasks"].values():
        home.ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": task["id"]})
    return str(process["id"])


def choose(still: Still, home: House, **settings: Any) -> None:
    maker = Maker(still.database, home.ada)
    for name, value in settings.items():
        maker.setting(name, value)


@pytest.mark.rule("P-225", "G-026")
def test_nothing_is_archived_unless_the_organization_wants_it(still: Still, home: House) -> None:
    finished(home, make_template(home.ada, "Call"))
    assert archive(still, home, in_days(5000)) == 0
    due = still.at(in_days(0), lambda services: organizations_due(services.db, "finished", in_days(0)))
    assert home.id not in due


@pytest.mark.rule("P-225", "G-026")
@pytest.mark.parametrize(
    ("age", "days"), [(None, 364), ({"unit": "days", "value": 3}, 3), ({"unit": "weeks", "value": 2}, 14)]
)
def test_a_process_is_archived_when_it_has_been_complete_for_so_long(
    still: Still, home: House, age: dict[str, Any] | None, days: int
) -> None:
    choose(still, home, auto_archive=True, **({"auto_archive_processes_after": age} if age else {}))
    template = make_template(home.ada, "Call")
    done, running = finished(home, template), launch(home.ada, template)["id"]
    due = still.at(in_days(0), lambda services: organizations_due(services.db, "finished", in_days(0)))
    assert home.id in due
    assert archive(still, home, in_days(days) - timedelta(minutes=5)) == 0
    assert archive(still, home, in_days(days) + timedelta(minutes=5)) == 1
    assert archive(still, home, in_days(days + 1)) == 0
    read = home.ada.data("GET", f"/runs/{done}")
    assert (read["status"], read["archived_at"] is not None) == ("archived", True)
    assert home.ada.data("GET", f"/runs/{running}")["status"] == "active"
    (told,) = home.ada.data("GET", f"/activity-feeds?entity_type=run&entity_id={done}&verb=archived")
    assert (told["source"], told["audit_state"]["event"]) == (["Bot"], "process_auto_archived")
    assert home.ada.data("PUT", f"/runs/{done}/activate")["status"] == "complete"


@pytest.mark.rule("P-225", "P-007")
def test_all_pages_are_gone_through_and_what_came_back_to_life_stays(still: Still, home: House) -> None:
    choose(still, home, auto_archive=True, auto_archive_processes_after={"unit": "days", "value": 1})
    template = make_template(home.ada, "Call")
    runs = [finished(home, template) for _ in range(5)]
    task = home.ada.data("GET", f"/runs/{runs[2]}/tasks")[0]
    home.ada.data("DELETE", f"/runs/{runs[2]}/completed-tasks/{task['id']}")
    assert archive(still, home, in_days(2), page=2) == 4
    assert home.ada.data("GET", f"/runs/{runs[2]}")["status"] == "active"


@pytest.mark.rule("P-225")
def test_it_is_looked_for_every_hour() -> None:
    features.load()
    periodic = {name: task.cron for (name, _), task in jobs.periodic_registry.periodic_tasks.items()}
    assert periodic["stepwell.clock.archive_finished_everywhere"] == "40 * * * *"
