"""E-mail steps that are sent at their deadline, by nobody but the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.drawn import change_settings, draw, step
from tests.api.oneoffs import one_off, to
from tests.conftest import Client, House
from tests.mail.conftest import PostOffice, body_of

GINA, GUS = "gina@client.example", "gus@client.example"
A_DAY = {"value": 1, "unit": "days", "option": "from"}


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1, minutes=5)


def due_in_a_day(house: House, *guests: str, **more: Any) -> dict[str, Any]:
    deadline = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    more = {"owners": to(guests=guests), **more}
    return one_off(house.ada, "Reminder", task_type="expiring_email", deadline=deadline, **more)


def log_of(client: Client, task: dict[str, Any]) -> list[str]:
    found = client.data("GET", f"/tasks/{task['id']}?with=activities")["activities"]["data"]
    return [event["verb"][0] for event in found]


@pytest.mark.rule("T-088", "T-089", "P-335", "P-336", "P-337", "P-338", "G-129")
def test_scenario_s04(database: str, house: House, office: PostOffice) -> None:
    draft = step("Draft", step_type="email", guests=[GINA], assignees=[house.stan.user_id])
    timed = step("Timed", step_type="expiring_email", guests=[GUS], send_chromeless=True,
                 summary="<p>Are you there?</p>", assign_run_starter=False,
                 deadline={**A_DAY, "step": "start_run"})  # fmt: skip
    template = draw(database, house.ada, draft, timed)
    run = house.ada.data("POST", "/runs", 201, json={"checklist_id": template.id, "name": "S-04"})
    tasks = {task["title"]: task for task in house.ada.data("GET", f"/runs/{run['id']}/tasks")}
    assert office.expire(house, datetime.now(UTC)) == 0
    assert office.mails(house) == []
    house.stan.data("POST", f"/tasks/{tasks['Draft']['id']}/send-email")
    assert [row[0] for row in office.recipients(house)] == [GINA, house.stan.email]

    assert office.expire(house, tomorrow()) == 1
    assert office.expire(house, tomorrow()) == 0
    assert [subject for _, subject in office.mails(house)] == ["Draft", "Timed"]
    done = house.ada.data("GET", f"/tasks/{tasks['Timed']['id']}")
    assert (done["status"], done["status_label"], done["completer_id"]) == ("completed", "sent", None)
    assert house.ada.data("GET", f"/runs/{run['id']}")["status"] == "complete"
    office.attempt(house, office.mails(house)[-1][0], tomorrow())
    mail = office.files(house)[GUS]
    assert mail["Subject"] == "Timed"
    assert body_of(mail, "plain").strip() == "Are you there?"
    assert mail["From"].addresses[0].display_name == "Acme"  # nobody sent it: the organization did
    assert str(mail["Reply-To"]) == house.ada.email  # the owner of the process


@pytest.mark.rule("P-336")
def test_sending_right_now_leaves_nothing_to_the_clock(house: House, office: PostOffice) -> None:
    task = due_in_a_day(house, GUS)
    sent = house.stan.data("POST", f"/tasks/{task['id']}/send-email")
    assert (sent["status_label"], sent["completer_id"]) == ("sent", house.stan.user_id)
    assert office.expire(house, tomorrow()) == 0
    assert len(office.mails(house)) == 1


@pytest.mark.rule("P-337")
def test_without_anybody_to_write_to_it_is_completed_and_the_log_says_so(
    house: House, office: PostOffice
) -> None:
    task = due_in_a_day(house)
    assert office.expire(house, tomorrow()) == 1
    assert office.mails(house) == []
    assert house.ada.data("GET", f"/tasks/{task['id']}")["status"] == "completed"
    assert log_of(house.ada, task)[0] == "email_send_failed"


@pytest.mark.rule("P-337")
def test_a_step_of_a_process_to_nobody_says_so_in_the_log_of_the_process(
    database: str, house: House, office: PostOffice
) -> None:
    timed = step("Timed", step_type="expiring_email", assign_run_starter=False,
                 deadline={**A_DAY, "step": "start_run"})  # fmt: skip
    template = draw(database, house.ada, timed, step("Next"))
    run = house.ada.data("POST", "/runs", 201, json={"checklist_id": template.id, "name": "R"})
    assert office.expire(house, tomorrow()) == 1
    timed_task, following = house.ada.data("GET", f"/runs/{run['id']}/tasks")
    assert "email_send_failed" in log_of(house.ada, timed_task)
    house.ada.data("POST", f"/runs/{run['id']}/completed-tasks", json={"task_id": following["id"]})


def test_all_that_is_due_is_sent_at_once(house: House, office: PostOffice) -> None:
    for number in range(5):
        due_in_a_day(house, f"guest{number}@client.example")
    assert office.expire(house, tomorrow()) == 5
    assert len(office.mails(house)) == 5
    companions = [house.ada.email] * 5  # whom the product puts beside guests (P-445)
    guests = [f"guest{number}@client.example" for number in range(5)]
    assert sorted(row[0] for row in office.recipients(house)) == sorted(companions + guests)


@pytest.mark.rule("P-492")
def test_a_very_old_draft_is_closed_without_a_mail(database: str, house: House, office: PostOffice) -> None:
    change_settings(database, house.ada, auto_complete_tasks=True, auto_complete_task_months=2)
    one_off(house.ada, "Forgotten", task_type="email", owners=to(guests=(GUS,)))
    assert office.close_forgotten(house, datetime.now(UTC) + timedelta(days=100)) == 1
    assert office.mails(house) == []
