"""`stepwell mail`: what an operator sees of outgoing mail, and sending it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from stepwell.organizations.setup import enter
from tests.api.oneoffs import one_off, to
from tests.conftest import House, free_port
from tests.mail.conftest import PostOffice
from tests.mail.mailserver import MailServer
from tests.test_cli import stepwell

GINA = "gina@client.example"


def failed_mail(database: str, house: House, office: PostOffice) -> str:
    task = one_off(house.ada, "Hello", task_type="email", owners=to(house.ada, guests=(GINA,)))
    house.ada.data("POST", f"/tasks/{task['id']}/send-email")
    mail_id = office.mails(house)[-1][0]
    office.attempt(house, mail_id, datetime.now(UTC) + timedelta(hours=1))
    with psycopg.connect(database) as owner:
        enter(owner, house.id)
        owner.execute("UPDATE mail_recipients SET state = 'failed', attempts = 6, error = '550 No such mailbox'"
                      " WHERE mail_id = %s AND email = %s", [mail_id, GINA])  # fmt: skip
    return mail_id.hex


def test_an_operator_sees_what_became_of_mails(database: str, house: House, office: PostOffice) -> None:
    mail_id = failed_mail(database, house, office)
    mine = ("mail", "list", "--organization", house.id.hex)
    lines = stepwell(database, *mine).splitlines()
    assert [line.split()[0] for line in lines] == [mail_id, mail_id]
    assert lines[0].endswith(f"failed   {GINA}  Hello  (550 No such mailbox)")
    assert lines[1].endswith(f"sent     {house.ada.email}  Hello")
    assert stepwell(database, *mine, "--state", "failed").splitlines() == lines[:1]
    assert stepwell(database, *mine, "--count", "1").splitlines() == lines[:1]


def test_failed_mails_are_sent_again(database: str, house: House, office: PostOffice) -> None:
    mail_id = failed_mail(database, house, office)
    failed_mail(database, house, office)
    again = ("mail", "retry", "--organization", house.id.hex)
    assert stepwell(database, *again, "--mail", mail_id) == "1 recipient will be written to again."
    assert stepwell(database, *again) == "1 recipient will be written to again."
    assert stepwell(database, *again) == "0 recipients will be written to again."
    office.work()
    assert {row[1] for row in office.recipients(house)} == {"sent"}


def test_a_mail_that_is_none_is_said(database: str, house: House) -> None:
    said = stepwell(database, "mail", "retry", "--organization", house.id.hex, "--mail", "x", status=1)
    assert said == "stepwell: 'x' is no id of a mail: it has 32 hexadecimal digits."


@pytest.mark.rule("G-125")
def test_the_doctor_looks_for_the_mail_server(
    database: str, monkeypatch: pytest.MonkeyPatch, mail_server: Callable[..., MailServer]
) -> None:
    server = mail_server()
    assert "No mail server is set: mails are written to data/mail" in stepwell(database, "doctor")
    monkeypatch.setenv("STEPWELL_MAIL_FROM", "flow@acme.example")
    monkeypatch.setenv("STEPWELL_SMTP_HOST", "localhost")
    monkeypatch.setenv("STEPWELL_SMTP_PORT", str(server.port))
    assert f"ok      The mail server localhost, port {server.port}, can be reached" in stepwell(
        database, "doctor"
    )
    monkeypatch.setenv("STEPWELL_SMTP_PORT", str(free_port()))
    stepwell(database, "doctor", status=1)
