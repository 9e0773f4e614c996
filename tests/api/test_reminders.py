"""A reminder by hand mails whoever has the task, at once and not too often."""

from __future__ import annotations

import secrets

import psycopg
import pytest

from stepwell.organizations.setup import enter
from stepwell.tasks.reminding_routes import ReminderShape
from tests.api.made import Maker
from tests.api.oneoffs import one_off, to
from tests.api.templating import launched, make_template
from tests.conftest import Client
from tests.shapes import shaped

MAILED = """
    SELECT recipient.email, mail.body FROM mails mail JOIN mail_recipients recipient
        ON recipient.organization_id = mail.organization_id AND recipient.mail_id = mail.id
     WHERE mail.organization_id = %s AND mail.task_id = %s ORDER BY 1
"""


def mailed(database: str, client: Client, task: dict[str, str]) -> list[tuple[str, str]]:
    with psycopg.connect(database) as owner:
        enter(owner, Maker(database, client).organization_id)
        return owner.execute(MAILED, [client.organization_id, task["id"]]).fetchall()  # type: ignore[return-value]


@pytest.mark.rule("P-734", "G-051")
def test_everybody_who_has_the_task_is_mailed_but_the_sender(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    guest = f"g{secrets.token_hex(4)}@guest.example"
    group = Maker(database, ada).group(liv, stan)
    task = one_off(ada, "Order <b>it</b>", owners=to(ada, guests=(guest,), groups=(group,)))
    answer = shaped(ReminderShape, ada.data("POST", f"/tasks/{task['id']}/reminder"))
    people = sorted([stan.user_id, liv.user_id])
    assert answer["sent_to"] == {"users": people, "guests": [guest]}
    mails = mailed(database, ada, task)
    assert [email for email, _ in mails] == sorted([stan.email, liv.email, guest])
    assert "Ada Acme reminds you of <strong>Order" in mails[0][1]
    assert "is due" in mails[0][1]
    activities = ada.data("GET", f"/tasks/{task['id']}?with=activities")["activities"]["data"]
    assert activities[0]["field"] == ["reminder"]


@pytest.mark.rule("P-734", "G-051")
def test_one_reminder_in_ten_minutes(ada: Client, stan: Client) -> None:
    task = one_off(ada, owners=to(stan))
    ada.data("POST", f"/tasks/{task['id']}/remind")
    again = stan.post(f"/tasks/{task['id']}/reminder")
    assert (again.status_code, again.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert 0 < int(again.headers["retry-after"]) <= 601


@pytest.mark.rule("P-734", "G-051")
def test_only_an_open_task_and_only_by_full_members(ada: Client, liv: Client, otto: Client) -> None:
    process = launched(ada, make_template(ada, "One"))
    task = ada.data("GET", f"/runs/{process['id']}/tasks")[0]
    path = f"/tasks/{task['id']}/reminder"
    assert liv.post(path).status_code == 403
    assert otto.post(path).status_code == 404
    ada.data("POST", "/completed-tasks", json={"task_id": task["id"]})
    refused = ada.post(path)
    assert refused.status_code == 422
    assert refused.json()["errors"] == {"status": ["Only for an open task can a reminder be sent."]}


@pytest.mark.rule("P-734", "G-051")
def test_whoever_switched_off_all_mail_is_left_out_and_nobody_else_is_fine(
    database: str, ada: Client
) -> None:
    with Maker(database, ada) as maker:
        quiet = maker.member()
        with maker.owner() as owner:
            owner.execute(
                "UPDATE people SET profile = profile || '{\"email_all\": false}' WHERE id = %s",
                [quiet.user_id],
            )
        task = one_off(ada, owners=to(quiet))
        assert ada.data("POST", f"/tasks/{task['id']}/reminder")["sent_to"] == {"users": [], "guests": []}
        assert mailed(database, ada, task) == []
