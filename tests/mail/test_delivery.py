"""Mails on their way: through a real mail server or into the folder, once as a rule, and never silently lost."""

from __future__ import annotations

import dataclasses
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from tests.api.oneoffs import one_off, to
from tests.conftest import House, free_port, start_server
from tests.mail.conftest import FROM, PostOffice, address_of, body_of
from tests.mail.mailserver import CERTIFICATE, PASSWORD, USER, MailServer

GINA = "gina@client.example"
NOW = datetime.now(UTC)
StartServer = Callable[..., MailServer]


def sent_by_ada(house: House, office: PostOffice, *guests: str, title: str = "Hello") -> UUID:
    """A mail that waits in the outbox: to guests, and a copy to Ada."""
    task = one_off(house.ada, title, task_type="email", owners=to(house.ada, guests=guests or (GINA,)))
    house.ada.data("POST", f"/tasks/{task['id']}/send-email")
    return office.mails(house)[-1][0]


def through(office: PostOffice, server: MailServer, **more: str) -> None:
    office.settings = dataclasses.replace(office.settings, **server.settings(office.settings, **more))


@pytest.mark.rule("G-125")
def test_a_mail_server_takes_each_mail_once(
    house: House, office: PostOffice, mail_server: StartServer
) -> None:
    server = mail_server()
    through(office, server)
    subject = "Grüße aus dem Büro: " + "Übergröße " * 12
    sent_by_ada(house, office, title=subject)
    office.work()
    office.work()
    taken = [server.taken.get_nowait() for _ in range(server.taken.qsize())]
    mine = [(to, mail) for to, mail in taken if mail["Subject"] == subject.strip()]
    assert {to for to, _ in mine} == {GINA, house.ada.email}
    assert all(address_of(mail) == to for to, mail in mine)
    assert len({mail["Message-ID"] for _, mail in mine}) == 2


@pytest.mark.rule("G-125")
def test_a_server_that_wants_encryption_and_an_account(
    house: House, office: PostOffice, mail_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    server = mail_server(encrypted=True)
    through(office, server)
    mail_id = sent_by_ada(house, office)
    assert office.attempt(house, mail_id, NOW + timedelta(hours=1)) is None
    assert {server.next()[0], server.next()[0]} == {GINA, house.ada.email}


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    house: House, office: PostOffice, mail_server: StartServer
) -> None:
    server = mail_server(encrypted=True)
    through(office, server)
    office.attempt(house, sent_by_ada(house, office), NOW + timedelta(hours=1))
    assert server.taken.empty()
    assert {row[1] for row in office.recipients(house)} == {"queued"}
    assert "certificate" in str(office.recipients(house)[0][3])


def test_a_wrong_password_is_said_and_tried_again(
    house: House, office: PostOffice, mail_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    through(office, mail_server(encrypted=True), smtp_password="wrong")
    later = NOW + timedelta(hours=1)
    assert office.attempt(house, sent_by_ada(house, office), later) == later + timedelta(minutes=1)
    email, state, attempts, error = office.recipients(house)[0]
    assert (email, state, attempts) == (GINA, "queued", 1)
    assert str(error).startswith("The mail server cannot be used: 535")
    assert PASSWORD not in str(error)
    assert "wrong" not in str(error)


def test_an_unreachable_server_is_tried_for_a_day_then_the_mail_has_failed(
    house: House, office: PostOffice
) -> None:
    office.settings = dataclasses.replace(office.settings, smtp_host="localhost", smtp_port=free_port())
    mail_id = sent_by_ada(house, office)
    at: datetime | None = NOW + timedelta(hours=1)
    waits = []
    while at is not None:
        again = office.attempt(house, mail_id, at)
        waits.append(again - at if again else None)
        at = again
    assert waits == [timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=5),
                     timedelta(hours=17), None]  # fmt: skip
    assert [row[1:3] for row in office.recipients(house)] == [("failed", 6), ("failed", 6)]


def test_nobody_is_written_to_before_the_next_attempt_is_due(
    house: House, office: PostOffice, mail_server: StartServer
) -> None:
    server = mail_server()
    server.refusals[GINA] = "450 Greylisted, come back"
    through(office, server)
    mail_id = sent_by_ada(house, office)
    later = NOW + timedelta(hours=1)
    due = office.attempt(house, mail_id, later)
    assert due == later + timedelta(minutes=1)
    assert server.next()[0] == house.ada.email  # the others do not wait for her
    del server.refusals[GINA]
    assert office.attempt(house, mail_id, due - timedelta(seconds=1)) == due
    assert server.taken.empty()
    assert office.attempt(house, mail_id, due) is None
    assert server.next()[0] == GINA
    assert [row[:3] for row in office.recipients(house)] == [(GINA, "sent", 2), (house.ada.email, "sent", 1)]


def test_a_job_that_finds_the_server_away_waits_for_the_next_attempt(
    database: str, house: House, office: PostOffice
) -> None:
    office.settings = dataclasses.replace(office.settings, smtp_host="localhost", smtp_port=free_port())
    mail_id = sent_by_ada(house, office)
    office.work()
    with psycopg.connect(database) as owner:
        waiting = owner.execute(
            "SELECT scheduled_at - now() FROM procrastinate_jobs WHERE status = 'todo' AND args ->> 'mail_id' = %s",
            [mail_id.hex],
        ).fetchall()
    assert len(waiting) == 1
    assert timedelta(seconds=20) < waiting[0][0] <= timedelta(minutes=1)


@pytest.mark.parametrize("when", ["address", "text"])
def test_a_refusal_is_final_for_that_recipient_and_told_of_at_the_task(
    house: House, office: PostOffice, mail_server: StartServer, when: str
) -> None:
    server = mail_server()
    refusals = server.refusals if when == "address" else server.text_refusals
    refusals[GINA] = "550 No such mailbox\r\n".strip()
    through(office, server)
    mail_id = sent_by_ada(house, office)
    assert office.attempt(house, mail_id, NOW + timedelta(hours=1)) is None
    assert office.recipients(house) == [
        (GINA, "failed", 1, "550 No such mailbox"),
        (house.ada.email, "sent", 1, None),
    ]
    (task,) = house.ada.data("GET", "/tasks?with=activities")
    told = [event for event in task["activities"]["data"] if event["verb"] == ["email_send_failed"]]
    assert [event["description"] for event in told] == [
        ["The mail to gina@client.example could not be delivered: 550 No such mailbox"]
    ]
    assert task["status"] == "completed"  # a failure undoes nothing


def test_an_address_beyond_ascii_is_written_to_as_it_is(
    house: House, office: PostOffice, mail_server: StartServer
) -> None:
    server = mail_server()
    through(office, server)
    mail_id = sent_by_ada(house, office, "zoë@client.example", title="Grüße")
    assert office.attempt(house, mail_id, NOW + timedelta(hours=1)) is None
    to, mail = server.next()
    assert (to, address_of(mail)) == ("zoë@client.example", "zoë@client.example")


def test_who_was_deactivated_meanwhile_gets_nothing(
    database: str, house: House, office: PostOffice, mail_server: StartServer
) -> None:
    server = mail_server()
    through(office, server)
    mail_id = sent_by_ada(house, office)
    with psycopg.connect(database) as owner:
        enter(owner, house.id)
        owner.execute("UPDATE people SET status = 'disabled' WHERE email = %s", [GINA])
    office.attempt(house, mail_id, NOW + timedelta(hours=1))
    assert server.next()[0] == house.ada.email
    assert server.taken.empty()
    assert office.recipients(house)[0][:2] == (GINA, "dropped")


def test_a_repeat_has_the_same_message_id(
    database: str, house: House, office: PostOffice, mail_server: StartServer
) -> None:
    server = mail_server()
    through(office, server)
    mail_id = sent_by_ada(house, office)
    office.attempt(house, mail_id, NOW + timedelta(hours=1))
    first = {to: mail["Message-ID"] for to, mail in (server.next(), server.next())}
    with psycopg.connect(database) as owner:  # the worker was killed before it could write this down
        enter(owner, house.id)
        owner.execute("UPDATE mail_recipients SET state = 'queued'")
    office.attempt(house, mail_id, NOW + timedelta(hours=1))
    assert {to: mail["Message-ID"] for to, mail in (server.next(), server.next())} == first


def test_a_long_list_is_served_in_batches(house: House, office: PostOffice) -> None:
    guests = [f"guest{number}@client.example" for number in range(120)]
    mail_id = sent_by_ada(house, office, *guests)
    at = NOW + timedelta(hours=1)
    rounds = 1
    while office.attempt(house, mail_id, at) is not None:
        rounds += 1
    assert rounds == 3
    assert len(office.files(house)) == 121


def test_a_file_is_readable_for_the_operator_alone(house: House, office: PostOffice) -> None:
    mail_id = sent_by_ada(house, office)
    office.attempt(house, mail_id, NOW + timedelta(hours=1))
    folder = office.settings.data_dir / "mail"
    assert sorted(file.name for file in folder.iterdir()) == [
        f"{mail_id.hex}.1.eml",
        f"{mail_id.hex}.2.eml",
    ]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_folder_that_cannot_be_written_to_is_tried_again(house: House, office: PostOffice) -> None:
    (office.settings.data_dir / "mail").write_text("no folder")
    later = NOW + timedelta(hours=1)
    assert office.attempt(house, sent_by_ada(house, office), later) == later + timedelta(minutes=1)
    assert "cannot be written to" in str(office.recipients(house)[0][3])


@pytest.mark.rule("G-125")
def test_a_running_server_sends_by_itself(
    database: str, house: House, office: PostOffice, mail_server: StartServer
) -> None:
    mails = mail_server(encrypted=True)
    folder = office.settings.data_dir
    settings = {
        "STEPWELL_DATA_DIR": str(folder), "STEPWELL_SMTP_HOST": "localhost",
        "STEPWELL_SMTP_PORT": str(mails.port), "STEPWELL_SMTP_USER": USER, "STEPWELL_SMTP_PASSWORD": PASSWORD,
        "STEPWELL_MAIL_FROM": FROM, "SSL_CERT_FILE": str(CERTIFICATE),
    }  # fmt: skip
    sent_by_ada(house, office, title="By itself")
    running = start_server(database, folder / "server.log", settings=settings)
    try:
        awaited = {GINA, house.ada.email}
        while awaited:  # mails of other tests may wait, too
            to, mail = mails.next()
            if mail["Subject"] == "By itself":
                awaited.remove(to)
                assert f"Sent to {to} by Acme." in body_of(mail)
    finally:
        running.process.terminate()
        running.process.wait(10)
    assert PASSWORD not in running.log.read_text()
