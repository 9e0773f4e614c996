"""E-mail steps: whom sending one writes to, what it says, and when nothing is sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from stepwell.db.ids import new_id
from stepwell.engine.model import House as HouseRules
from stepwell.engine.model import Task, TaskStatus, change_between
from stepwell.engine.oneoff import alone
from stepwell.mail.steps import mail_all_sent_steps
from stepwell.organizations.setup import enter
from tests.api.drawn import asks, draw, group_of, join_as, leave, step
from tests.api.oneoffs import one_off, to
from tests.conftest import Client, House
from tests.mail.conftest import FROM, PostOffice, body_of

GINA = "gina@client.example"


def launched(database: str, house: House, *steps: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    """The tasks of a new process of Ada's by their titles in the template."""
    template = draw(database, house.ada, *steps, **more)
    run = house.ada.data("POST", "/runs", 201, json={"checklist_id": template.id, "name": "Welcome"})
    tasks = house.ada.data("GET", f"/runs/{run['id']}/tasks?with=step")
    return {task["original_title"]: task for task in tasks}


def email_step(*people: Client, kind: str = "email", **columns: Any) -> dict[str, Any]:
    return step("Welcome on board", step_type=kind, assignees=[one.user_id for one in people],
                summary="<p>See you on <b>Monday</b>.</p>", **columns)  # fmt: skip


def send(client: Client, task: dict[str, Any]) -> dict[str, Any]:
    return dict(client.data("POST", f"/tasks/{task['id']}/send-email"))


@pytest.mark.rule("T-089", "P-335", "P-338", "G-129")
def test_sending_writes_to_all_others_and_copies_the_sender(
    database: str, house: House, office: PostOffice
) -> None:
    tasks = launched(database, house, email_step(house.stan, guests=[GINA]))
    assert office.mails(house) == []  # nothing is sent when it is assigned
    done = send(house.stan, tasks["Welcome on board"])
    assert (done["status"], done["status_label"]) == ("completed", "sent")
    office.work()
    written = office.files(house)
    assert set(written) == {GINA, house.stan.email}
    mail = written[GINA]
    assert mail["Subject"] == "Welcome on board"
    assert "<p>See you on <b>Monday</b>.</p>" in body_of(mail)
    assert "See you on Monday." in body_of(mail, "plain")
    assert str(mail["From"]) == f"Stan Acme <{FROM}>"
    assert str(mail["Reply-To"]) == house.stan.email
    copy = written[house.stan.email]
    assert "This is your copy of a mail that you sent." in body_of(copy)
    assert "your copy" not in body_of(mail)
    assert [row[:2] for row in office.recipients(house)] == [(GINA, "sent"), (house.stan.email, "sent")]


@pytest.mark.rule("T-089", "P-337")
def test_a_sender_who_is_the_only_recipient_sends_nothing(
    database: str, house: House, office: PostOffice
) -> None:
    tasks = launched(database, house, email_step(house.stan))
    assert send(house.stan, tasks["Welcome on board"])["status"] == "completed"
    assert office.mails(house) == []


@pytest.mark.rule("P-337")
def test_a_draft_to_nobody_is_completed_without_a_mail(
    database: str, house: House, office: PostOffice
) -> None:
    tasks = launched(database, house, email_step(assign_run_starter=False))
    assert send(house.stan, tasks["Welcome on board"])["status_label"] == "sent"
    assert office.mails(house) == []


@pytest.mark.rule("P-338")
def test_a_sender_who_is_not_assigned_gets_a_copy_too(
    database: str, house: House, office: PostOffice
) -> None:
    tasks = launched(database, house, email_step(house.liv))
    send(house.stan, tasks["Welcome on board"])
    assert [row[0] for row in office.recipients(house)] == [house.liv.email, house.stan.email]


@pytest.mark.rule("T-089", "P-705")
def test_the_members_of_a_group_are_written_to_one_by_one(
    database: str, house: House, office: PostOffice
) -> None:
    group = group_of(database, house.ada, house.liv, house.stan)
    tasks = launched(database, house, email_step(groups=[group]))
    send(house.ada, tasks["Welcome on board"])
    office.work()
    written = office.files(house)
    assert set(written) == {house.ada.email, house.stan.email, house.liv.email}
    assert all(len(mail["To"].addresses) == 1 and mail["Cc"] is None for mail in written.values())
    assert house.stan.email not in body_of(written[house.liv.email])


@pytest.mark.rule("T-089", "T-178", "G-129")
def test_subject_and_text_say_what_was_answered_and_stay_so(
    database: str, house: House, office: PostOffice
) -> None:
    client, note = asks("Client", alias="client"), asks("Note", "textarea", alias="note")
    drawn = step("To {{client}}", asks("Room", alias="room"), step_type="email", guests=[GINA],
                 summary="<p>{{client}}: {{note}}, room {{room}}, {{nobody}}.</p>")  # fmt: skip
    template = draw(database, house.ada, drawn, kickoff=[client, note])
    prerun = {template.fields["Client"]: "Bolt <b>&</b> Sons\r\nBcc: x@y.example",
              template.fields["Note"]: "<script>alert(1)</script>fine"}  # fmt: skip
    launch = {"checklist_id": template.id, "name": "R", "prerun": prerun}
    run = house.ada.data("POST", "/runs", 201, json=launch)
    (task,) = house.ada.data("GET", f"/runs/{run['id']}/tasks")
    answer(house, task, template.fields["Room"], "<i>7</i>")
    sent = send(house.ada, task)
    house.ada.data("DELETE", f"/runs/{run['id']}/completed-tasks/{task['id']}")
    answer(house, task, template.fields["Room"], "8")
    office.work()
    mail = office.files(house)[GINA]
    assert mail["Subject"] == sent["title"]
    assert mail["Bcc"] is None
    html = body_of(mail)
    assert "Bolt &lt;b&gt;&amp;&lt;/b&gt; Sons" in html
    assert "<script" not in html
    assert "room &lt;i&gt;7&lt;/i&gt;, ." in html


def answer(house: House, task: dict[str, Any], field: str, value: object) -> None:
    house.ada.data("PUT", f"/runs/{task['run_id']}/tasks/{task['id']}", json={"taskdata": {field: value}})


@pytest.mark.rule("P-339")
@pytest.mark.parametrize("chromeless", [True, False])
def test_a_chromeless_mail_has_neither_header_nor_footer(
    database: str, house: House, office: PostOffice, chromeless: bool
) -> None:
    tasks = launched(database, house, email_step(guests=[GINA], send_chromeless=chromeless))
    send(house.ada, tasks["Welcome on board"])
    office.work()
    mail = office.files(house)[GINA]
    for text in (body_of(mail), body_of(mail, "plain")):
        assert ("Sent to gina@client.example by Acme." in text) is not chromeless
        assert "Monday" in text
    assert ("Email task" in body_of(mail)) is not chromeless


@pytest.mark.rule("P-338")
@pytest.mark.parametrize("switch", ["email_all", "email_task_assigned"])
def test_members_may_switch_these_mails_off_and_guests_not(
    database: str, house: House, office: PostOffice, switch: str
) -> None:
    tasks = launched(database, house, email_step(house.liv, house.stan, guests=[GINA]))
    with psycopg.connect(database) as owner:
        enter(owner, house.id)
        owner.execute(
            "UPDATE people SET profile = profile || jsonb_build_object(%s::text, false) WHERE id <> %s",
            [switch, house.liv.user_id],
        )
    send(house.stan, tasks["Welcome on board"])
    assert {row[0] for row in office.recipients(house)} == {GINA, house.liv.email}


def test_nobody_who_is_deactivated_is_written_to(database: str, house: House, office: PostOffice) -> None:
    gone, invited = (join_as(database, house.ada, "standard", name) for name in ("Gone", "Invited"))
    tasks = launched(database, house, email_step(gone, invited, guests=[GINA, "gus@client.example"]))
    leave(database, gone)
    leave(database, invited, "invited")
    with psycopg.connect(database) as owner:
        enter(owner, house.id)
        owner.execute("UPDATE people SET status = 'disabled' WHERE email = 'gus@client.example'")
    send(house.ada, tasks["Welcome on board"])
    assert {row[0] for row in office.recipients(house)} == {GINA, invited.email, house.ada.email}


@pytest.mark.rule("T-087", "T-095")
def test_what_is_not_completed_is_not_sent(database: str, house: House, office: PostOffice) -> None:
    asking = step("Mail", asks("Date", required=True), step_type="email", guests=[GINA])
    template = draw(database, house.ada, asking)
    run = house.ada.data("POST", "/runs", 201, json={"checklist_id": template.id, "name": "R"})
    (task,) = house.ada.data("GET", f"/runs/{run['id']}/tasks")
    assert house.ada.post(f"/tasks/{task['id']}/send-email").status_code == 422
    assert office.mails(house) == []
    answer(house, task, template.fields["Date"], "now")
    send(house.ada, task)
    assert house.ada.post(f"/tasks/{task['id']}/send-email").status_code == 422
    assert len(office.mails(house)) == 1


def test_a_reopened_step_is_sent_again(database: str, house: House, office: PostOffice) -> None:
    task = launched(database, house, email_step(guests=[GINA]))["Welcome on board"]
    send(house.ada, task)
    house.ada.data("DELETE", f"/runs/{task['run_id']}/completed-tasks/{task['id']}")
    assert len(office.mails(house)) == 1
    send(house.ada, task)
    assert len(office.mails(house)) == 2


@pytest.mark.rule("P-335")
def test_a_task_on_its_own_is_sent_too(house: House, office: PostOffice) -> None:
    task = one_off(house.ada, "Invoice 7", task_type="email", summary="<p>Paid?</p>", send_chromeless=True,
                   owners=to(house.liv, guests=(GINA,)))  # fmt: skip
    send(house.ada, task)
    office.work()
    written = office.files(house)
    assert set(written) == {house.ada.email, house.liv.email, GINA}
    assert (written[GINA]["Subject"], body_of(written[GINA], "plain").strip()) == ("Invoice 7", "Paid?")
    assert written[GINA]["References"] == f"<task-{task['id']}@stepwell.example>"


def test_completing_a_whole_process_sends_each_of_its_mails(
    database: str, house: House, office: PostOffice
) -> None:
    second = {**email_step(guests=[GINA]), "title": "Second mail"}
    tasks = launched(database, house, email_step(guests=[GINA]), step("Plain"), second)
    house.ada.data("POST", f"/runs/{tasks['Plain']['run_id']}/complete")
    assert sorted(subject for _, subject in office.mails(house)) == ["Second mail", "Welcome on board"]


def test_completing_for_somebody_else_sends_in_his_name(
    database: str, house: House, office: PostOffice
) -> None:
    task = launched(database, house, email_step(house.stan, guests=[GINA]))["Welcome on board"]
    body = {"task_id": task["id"], "override_user": house.stan.user_id}
    house.ada.data("POST", f"/runs/{task['run_id']}/completed-tasks", json=body)
    office.work()
    assert str(office.files(house)[GINA]["Reply-To"]) == house.stan.email
    assert set(office.files(house)) == {GINA, house.stan.email}


@pytest.mark.rule("P-595")
def test_a_very_long_text_is_cut_and_still_sent(database: str, house: House, office: PostOffice) -> None:
    row = "<p>" + "long " * 1000 + "</p>"
    tasks = launched(database, house, step("Long", step_type="email", guests=[GINA], summary=row * 120))
    send(house.ada, tasks["Long"])
    office.work()
    html = body_of(office.files(house)[GINA])
    assert len(html) < 510_000
    assert html.count("<p>") == html.count("</p>")
    assert "The rest of this mail was too long to be sent." in html


def test_a_change_without_a_sent_step_asks_nothing_of_the_database() -> None:
    task = Task(
        id=new_id(), number=1, title="T", original_title="T", position=1, created_at=datetime.now(UTC)
    )
    process = alone(task)
    change = change_between(process, process.having(replace(task, status=TaskStatus.COMPLETED)), ())
    assert change.tasks
    nothing: Any = None
    asyncio.run(mail_all_sent_steps(nothing, nothing, [(process, change)], HouseRules(), task.created_at))
