"""When nothing can follow, the completion stands and the bot says why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import Drawn, asks, draw, launched, step, tasks_by_title
from tests.api.followed import bot_said, done_at_once, finish, launched_by, leading_to, reopen
from tests.api.talk import status_of
from tests.conftest import Client


def make_required(client: Client, template: Drawn) -> None:
    field = {"label": "Client", "field_type": "text", "required": True}
    client.data("POST", f"/checklists/{template.id}/preruns", 201, json=field)


def archive(client: Client, template: Drawn) -> None:
    assert client.delete(f"/checklists/{template.id}").status_code == 200


def delete(client: Client, template: Drawn) -> None:
    archive(client, template)
    assert client.delete(f"/checklists/{template.id}/delete").status_code == 200


@pytest.mark.rule("T-097", "P-121", "T-060")
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (make_required, "Its kick-off form has required fields."),
        (archive, "The template is archived."),
        (delete, None),
    ],
)
def test_a_template_that_can_no_longer_follow(
    database: str, ada: Client, spoil: Any, reason: str | None, inside: bool
) -> None:
    """Scenario S25."""
    billing = draw(database, ada, step("Write bill"), title="Billing & co")
    order = launched(ada, draw(database, ada, leading_to(billing, inside=inside)))
    task = tasks_by_title(ada, order)["Sign"]
    spoil(ada, billing)

    assert finish(database, ada, task)["status"] == "completed"

    what = (
        "The tasks of Billing &amp; co were not inserted." if inside else "Billing &amp; co was not launched."
    )
    said = f"{what} {reason}" if reason else "The template that should follow no longer exists."
    assert bot_said(ada, task) == [said]
    assert launched_by(ada, order) == []
    assert status_of(ada, order) == "complete"


@pytest.mark.rule("T-097", "P-121")
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"type": "document"}, "Only procedures and forms can follow a task."),
        ({"settings": {"dual_version_enabled": True}}, "This template is not published."),
    ],
)
def test_documents_and_unpublished_templates_never_follow(
    database: str, ada: Client, target: dict[str, Any], reason: str
) -> None:
    billing = draw(database, ada, step("Write bill"), title="Billing", **target)
    order = launched(ada, draw(database, ada, leading_to(billing)))
    task = tasks_by_title(ada, order)["Sign"]
    finish(database, ada, task)
    assert bot_said(ada, task) == [f"Billing was not launched. {reason}"]


@pytest.mark.rule("T-097", "P-121")
def test_a_form_without_required_fields_follows_with_its_draft_as_it_is(database: str, ada: Client) -> None:
    intake = draw(database, ada, kickoff=[asks("Client")], type="form", title="Intake")
    order = launched(ada, draw(database, ada, leading_to(intake)))
    ada.data("PUT", f"/checklists/{intake.id}", json={"title": "Intake 2"})
    finish(database, ada, tasks_by_title(ada, order)["Sign"])
    [child] = launched_by(ada, order)
    assert (child["checklist_title"], child["type"], child["status"]) == ("Intake 2", "form", "complete")


@pytest.mark.rule("T-097", "T-098")
def test_what_failed_can_follow_when_the_task_is_completed_again(database: str, ada: Client) -> None:
    billing = draw(database, ada, step("Write bill"), title="Billing")
    order = launched(ada, draw(database, ada, leading_to(billing)))
    task = tasks_by_title(ada, order)["Sign"]
    archive(ada, billing)
    finish(database, ada, task)
    ada.data("PUT", f"/checklists/{billing.id}/activate")
    reopen(ada, task)
    assert launched_by(ada, order) == []
    finish(database, ada, task)
    assert len(launched_by(ada, order)) == 1


def test_too_many_assignees_are_a_reason_too(database: str, ada: Client, stan: Client) -> None:
    people = [ada.user_id, stan.user_id]
    billing = draw(database, ada, step("Write bill", assignees=people, max_assignable=1), title="Billing")
    order = launched(ada, draw(database, ada, leading_to(billing)))
    task = tasks_by_title(ada, order)["Sign"]
    finish(database, ada, task)
    done_at_once(database, ada, order)
    [said] = bot_said(ada, task)
    assert said.startswith("Billing was not launched. ")
    assert launched_by(ada, order) == []
