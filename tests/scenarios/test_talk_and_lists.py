"""Scenarios S-22 to S-24 of the processes: what is said, and what digests and exports are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from stepwell.comments.adding import Said, Scene, add_comment
from stepwell.db.pool import Tenant
from stepwell.events.log import Author
from tests.api.drawn import asks, reasons, step
from tests.api.oneoffs import one_off, to
from tests.api.talk import said
from tests.conftest import Client
from tests.scenarios.people import GINA, Nordlicht
from tests.scenarios.plan import Run, after, ids, plan
from tests.scenarios.stage import Stage


def guest_says(stage: Stage, client: Client, run: Run, content: str) -> None:
    """A comment of gina's, whose own page comes later."""
    task = run.task("Check")

    async def say(tenant: Tenant) -> None:
        scene = Scene(type="Task", id=UUID(task["id"]), title="Check", process_id=UUID(run.made["id"]))
        guest = await tenant.fetch_value(
            "SELECT id FROM people WHERE organization_id = %(organization_id)s AND email = %(email)s",
            {"email": GINA},
        )
        await add_comment(tenant, scene, Said(content=content), Author(guest, "guest"), stage.now)

    stage.in_transaction(client, say)


@pytest.mark.rule("P-582")
def test_p_s22_comments_mentions_guests(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-22. Members talk among themselves until somebody unlocks a comment; guests are heard by all.

    What gina sees on her page comes with guest access, the mails with notifications.
    """
    ada, sam, sue = nordlicht.ada, nordlicht.sam, nordlicht.sue
    run = plan(stage, ada, step("Check", assignees=ids([sue]), guests=[GINA])).launch(ada)
    check = run.task("Check")
    first = said(sam, check, f"@[{sue.user_id}] please check")
    assert (first["state"], first["label"]) == ("hide-for-guests", "comment")
    assert first["sent_to"] == ids([sue])
    unlocked = sam.data("PUT", f"/tasks/{check['id']}/comment/{first['id']}",
                        json={"content": "please check", "state": "open"})  # fmt: skip
    assert unlocked["state"] == "open"
    guest_says(stage, ada, run, "All fine")
    comments = sam.data("GET", f"/tasks/{check['id']}/comments")
    [answer] = [one for one in comments if one["author_type"] == "guest"]
    assert answer["state"] == "open"
    ada.data("PUT", f"/tasks/{check['id']}", json={"prevent_guest_comment": True})
    assert run.task("Check")["prevent_guest_comment"] is True
    stage.complete_as_guest(GINA, ada, check)
    assert run.task("Check")["status"] == "completed"


@pytest.mark.rule("P-594")
def test_p_s22_the_hourly_cap(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-22. The 121st comment of an hour is refused, and told when to try again."""
    sam, services = nordlicht.sam, stage.services
    task = one_off(sam, owners=to(sam))
    before, services.settings = services.settings, replace(services.settings, comments_per_hour=120)
    try:
        for number in range(120):
            said(sam, task, f"Comment {number}")
        answer = sam.post(f"/tasks/{task['id']}/comment", json={"content": "One more"})
    finally:
        services.settings = before
    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.rule("P-480", "P-221")
def test_p_s23_what_a_digest_is_made_of(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-23. Hidden tasks, those of archived processes and undone ones of the past are told apart in her list.

    The digest, its days, its colours and the reminders come with notifications.
    """
    ada, sue = nordlicht.ada, nordlicht.sue
    stage.now = datetime(2026, 8, 31, 8, tzinfo=UTC)
    steps = [
        step("Sign lease", deadline=after(1), assignees=ids([sue])),
        step("Order keys", deadline=after(10), assignees=ids([sue])),
        step("Hidden", deadline=after(2), assignees=ids([sue]), hide_by_default=True),
        step(
            "Fit shelves",
            deadline=after(11),
            start_date={"value": 9, "unit": "days"},
            is_soft_start_date=False,
            assignees=ids([sue]),
        ),
        step("Held", assignees=ids([sue])),
    ]
    drawn = plan(stage, ada, *steps, title="P1")
    drawn.change_step("Held", deadline=after(1, step=drawn.step("Order keys")["id"]))
    run = drawn.launch(ada)
    archived = plan(stage, ada, step("Put away", assignees=ids([sue]))).launch(ada)
    ada.data("DELETE", archived.path)
    one_off(ada, "Buy cake", owners=to(sue), deadline="2026-09-05T10:00:00Z")
    stage.now = datetime(2026, 9, 7, 10, tzinfo=UTC)
    listed = {one["title"]: one for one in sue.data("GET", "/me/tasks?sort=deadline")}
    assert list(listed) == ["Sign lease", "Buy cake", "Order keys", "Fit shelves", "Held"]
    assert listed["Held"]["deadline"] is None
    assert listed["Fit shelves"]["started_at"] == "2026-09-09T08:00:00Z"
    overdue = sue.data("GET", "/me/tasks?status=overdue")
    assert {one["title"] for one in overdue} == {"Sign lease", "Buy cake"}
    run.complete("Sign lease", sue)
    assert "Sign lease" not in {one["title"] for one in sue.data("GET", "/me/tasks?status=overdue")}


@pytest.mark.rule("P-350", "P-009")
def test_p_s24_what_a_csv_is_made_of(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-24. Hidden tasks are told from shown ones; a reopened task is completed by nobody.

    The file itself, and that Lea and gina have none, comes with exports.
    """
    ada, sam, sue = nordlicht.ada, nordlicht.sam, nordlicht.sue
    first = step("One", asks("A"), asks("B"), assignees=ids([sue]), groups=[nordlicht.group], guests=[GINA])
    kickoff = [asks("Company"), asks("Note")]
    drawn = plan(stage, ada, first, step("Two", hide_by_default=True), kickoff=kickoff)
    run = drawn.launch(ada, {"Company": "Acme", "Note": "Soon"})
    run.save("One", A="x", B="y", by=sue)
    said(sue, run.task("One"), "Done soon")
    run.complete("One", sue)
    forms = sam.data("GET", f"{run.path}/form-fields")
    assert {one["label"]: one["value"] for one in forms["ko_form_fields"]} == {
        "Company": "Acme",
        "Note": "Soon",
    }
    assert {one["label"]: one["value"] for one in forms["form_fields"]} == {"A": "x", "B": "y"}
    now = run.now()
    assert (now["whole_progress"]["total"], now["progress"]["total"]) == (2, 1)
    assert (now["whole_progress"]["complete"], now["progress"]["complete"]) == (1, 1)
    assert run.people("One") == (ids([sue]), [GINA], [nordlicht.group])
    one, two = run.task("One"), run.task("Two")
    assert (one["completer_id"], one["completed_at"] is not None) == (sue.user_id, True)
    assert (two["status"], two["completer_id"], two["completed_at"]) == ("auto-skipped", None, None)
    comments = sam.data("GET", f"/tasks/{one['id']}/comments")
    assert [comment["content"] for comment in comments] == ["Done soon"]
    run.reopen("One", sue)
    assert run.task("One")["completed_at"] is None
    assert reasons(sam, "POST", f"{run.path}/completed-tasks", json={"task_id": two["id"]})
