"""Scenario S-04 of the processes: steps that are mails."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.api.drawn import step
from tests.mail.conftest import address_of, body_of
from tests.scenarios.people import GINA, GUS, Nordlicht
from tests.scenarios.plan import after, ids, plan
from tests.scenarios.stage import Stage


@pytest.mark.rule("P-335", "P-336", "P-337", "P-338", "P-339")
def test_p_s04_email_tasks(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-04. A mail leaves when it is sent, or at its deadline, once; never when it is only assigned.

    The warning before a mail to nobody comes with the web screens.
    """
    ada, sam = nordlicht.ada, nordlicht.sam
    mail = {"summary": "<p>Come <b>in</b>.</p>"}
    steps = [
        step("M", step_type="email", guests=[GINA], assignees=ids([sam]), **mail),
        step("X", step_type="expiring_email", guests=[GUS], deadline=after(1), send_chromeless=True, **mail),
        step("Filed"),
    ]
    drawn = plan(stage, ada, *steps)
    drawn.rule(drawn.when("M"), drawn.show("Filed"))
    run = drawn.launch(ada)
    stage.work()
    assert not {"M", "X"} & {subject for subject, _ in stage.mails(ada)}
    done = sam.data("POST", f"/tasks/{run.id_of('M')}/send-email")
    assert (done["status"], done["status_label"]) == ("completed", "sent")
    assert "Filed" in run.visible()
    stage.work()
    letters = {address_of(one): one for one in stage.letters(ada) if one["Subject"] == "M"}
    assert set(letters) == {GINA, sam.email}
    assert "<p>Come <b>in</b>.</p>" in body_of(letters[GINA])
    assert "your copy" in body_of(letters[sam.email])
    assert "your copy" not in body_of(letters[GINA])
    assert body_of(letters[GINA]).partition("<body")[2].count("<div") > 0
    assert stage.check_run(ada, datetime(2026, 9, 5, 7, 55, tzinfo=UTC)) == 0
    assert stage.check_run(ada, datetime(2026, 9, 5, 8, 5, tzinfo=UTC)) == 1
    assert run.task("X")["status"] == "completed"
    assert stage.check_run(ada, datetime(2026, 9, 5, 8, 10, tzinfo=UTC)) == 0
    sent = {address_of(one): one for one in stage.letters(ada) if one["Subject"] == "X"}
    assert GUS in sent
    assert body_of(sent[GUS]).partition("<body")[2].count("<div") == 0, "neither logo nor footer"
    assert [to for subject, to in stage.mails(ada) if subject == "X"].count(GUS) == 1
    alone = plan(stage, ada, step("M", step_type="email", assignees=ids([sam]), **mail)).launch(ada)
    before = [to for subject, to in stage.mails(ada) if subject == "M"]
    alone.complete("M", sam)
    assert alone.task("M")["status"] == "completed"
    assert [to for subject, to in stage.mails(ada) if subject == "M"] == before
