"""Escalation is an expiring task and a rule; auto-send e-mails go out at their deadline."""

from __future__ import annotations

import psycopg
import pytest

from stepwell.organizations.setup import enter
from tests.api.templating import add_rule, add_step, make_template, when
from tests.clock.moments import Json, Still, days_after_launch, escalating_template, in_days, launch, task_now
from tests.conftest import House

MAILS = """
    SELECT mail.subject, array_agg(recipient.email ORDER BY recipient.email)
      FROM mails mail JOIN mail_recipients recipient
        ON recipient.organization_id = mail.organization_id AND recipient.mail_id = mail.id
     WHERE mail.organization_id = %s GROUP BY mail.id, mail.subject ORDER BY mail.subject
"""


def escalating_to(home: House, manager: int) -> Json:
    template = escalating_template(home.ada)
    work, escalate = template["steps"]
    adds = {"action_type": "assignment", "action_verb": "assign", "target_step_id": work["id"],
            "assignees": {"assignees": [manager], "guests": [], "groups": []}}  # fmt: skip
    add_rule(home.ada, template, [when(escalate, operation="expired", statement=None)], [adds])
    return template


@pytest.mark.rule("P-490")
def test_work_that_is_late_gets_the_manager_beside_whoever_has_it(still: Still, home: House) -> None:
    process = launch(home.stan, escalating_to(home, home.liv.user_id))
    assert home.liv.get(f"/runs/{process['id']}").status_code == 403
    assert still.expire(home, in_days(2.01)) == 1
    work = task_now(home.ada, process["tasks"]["Approve budget"])
    assert work["owners"]["users"] == [home.stan.user_id, home.liv.user_id]
    open_tasks = home.liv.data("GET", "/me/tasks?status=active")
    assert [task["id"] for task in open_tasks] == [work["id"]]
    assert home.liv.data("GET", f"/runs/{process['id']}")["id"] == process["id"]


@pytest.mark.rule("P-490")
def test_work_that_was_done_in_time_stays_as_it_was_when_the_escalation_expires(
    still: Still, home: House
) -> None:
    process = launch(home.stan, escalating_to(home, home.liv.user_id))
    work = process["tasks"]["Approve budget"]
    home.stan.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": work["id"]})
    assert still.expire(home, in_days(2.01)) == 1
    assert task_now(home.ada, work)["owners"]["users"] == [home.stan.user_id]


@pytest.mark.rule("P-336", "G-140")
def test_an_auto_send_step_sends_its_mail_at_the_deadline_and_is_completed(still: Still, home: House) -> None:
    template = make_template(home.ada)
    people = [home.stan.user_id, home.liv.user_id]
    add_step(home.ada, template, title="Remind everybody", step_type="expiring_email", summary="<p>Please do.</p>",
             deadline=days_after_launch(2), assignees=people)  # fmt: skip
    processes = [launch(home.ada, template) for _ in range(2)]
    assert still.expire(home, in_days(1.9)) == 0
    assert still.expire(home, in_days(2.1)) == 2
    for process in processes:
        sent = task_now(home.ada, process["tasks"]["Remind everybody"])
        assert (sent["status"], sent["status_label"], sent["completer_id"]) == ("completed", "sent", None)
    with psycopg.connect(still.database) as owner:
        enter(owner, home.id)
        mails = owner.execute(MAILS, [home.id]).fetchall()
    everybody = sorted([home.stan.email, home.liv.email])
    recipients = {email for _, to in mails for email in to}
    assert [subject for subject, _ in mails] == ["Remind everybody"] * 2
    assert set(everybody) <= recipients
    assert still.expire(home, in_days(3)) == 0, "nothing is sent twice"
