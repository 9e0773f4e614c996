"""Publishing where the owner has to approve of it: an approval task, and what its end does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stepwell.templates.schemas import TemplateShape
from tests.api.made import Maker, log_of
from tests.api.templating import Json, add_step, make_template
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


@pytest.fixture
def owner(maker: Maker) -> Client:
    return maker.member()


@pytest.fixture
def template(owner: Client) -> Json:
    """A template with drafts, which has never been published."""
    return make_template(owner, "One", dual_version_enabled=True, replace_state_conditionally=True)


def publish(client: Client, template: Json) -> Json:
    return shaped(TemplateShape, client.data("PUT", f"/checklists/{template['id']}/publish"))


def asked(owner: Client) -> list[Any]:
    found: list[Any] = owner.data("GET", "/me/tasks?per_page=100&with=checklist")
    return found


def decide(client: Client, task: Json, approved: bool) -> None:
    client.data("POST", "/completed-tasks", json={"task_id": task["id"], "is_approved": approved})


def launchable(client: Client, template: Json) -> int:
    """How many tasks a launch makes; 0 when there is none."""
    answer = client.post("/runs", json={"checklist_id": template["id"], "name": "x"})
    assert answer.status_code in (201, 422), answer.text
    return len(client.data("GET", f"/runs/{answer.json()['data']['id']}/tasks")) if answer.is_success else 0


@pytest.mark.rule("T-034")
def test_an_editor_asks_and_the_owners_approval_publishes(
    ada: Client, stan: Client, liv: Client, owner: Client, template: Json, maker: Maker
) -> None:
    assert publish(stan, template)["is_published_state"] is False
    assert launchable(stan, template) == 0
    (task,) = asked(owner)
    assert (task["title"], task["task_type"]) == ("Publish version 1 of Supplier intake", "approval")
    assert (task["owners"]["users"], task["checklist_id"]) == ([owner.user_id], template["id"])
    assert task["starter_id"] == stan.user_id
    publish(stan, template)
    assert len(asked(owner)) == 1
    done = {"task_id": task["id"], "is_approved": True}
    assert stan.post("/completed-tasks", json=done).status_code == 403  # nobody approves of his own request
    decide(owner, task, True)
    assert ada.data("GET", f"/checklists/{template['id']}")["is_published_state"] is True
    assert launchable(stan, template) == 1
    (*_, told) = log_of(maker, template["id"])
    assert told[1:] == (
        "Approved the publication of template: Supplier intake", "is_published_state", False, True,
    )  # fmt: skip


@pytest.mark.rule("T-034")
def test_a_rejected_publication_leaves_all_as_it_was(stan: Client, owner: Client, template: Json) -> None:
    publish(owner, template)
    add_step(stan, template, title="Two")
    publish(stan, template)
    (task,) = asked(owner)
    decide(owner, task, False)
    assert launchable(stan, template) == 1
    assert stan.data("GET", f"/checklists/{template['id']}")["is_published_state"] is False
    publish(stan, template)
    (again,) = asked(owner)
    assert again["id"] != task["id"]
    decide(owner, again, True)
    assert launchable(stan, template) == 2


@pytest.mark.rule("T-034")
def test_what_was_proposed_goes_live_and_not_what_was_drawn_since(
    stan: Client, owner: Client, template: Json
) -> None:
    publish(stan, template)
    add_step(stan, template, title="Two")
    (task,) = asked(owner)
    decide(owner, task, True)
    assert launchable(stan, template) == 1
    assert stan.data("GET", f"/checklists/{template['id']}")["is_published_state"] is False


@pytest.mark.rule("T-034")
@pytest.mark.parametrize("by", ["owner", "ada"])
def test_owner_and_administrators_publish_at_once_and_a_late_approval_changes_nothing(
    stan: Client, owner: Client, template: Json, by: str, request: pytest.FixtureRequest
) -> None:
    publish(stan, template)
    add_step(stan, template, title="Two")
    assert publish(request.getfixturevalue(by), template)["is_published_state"] is True
    assert launchable(stan, template) == 2
    (task,) = asked(owner)
    decide(owner, task, True)
    assert launchable(stan, template) == 2


@pytest.mark.rule("T-034")
def test_without_drafts_the_approval_sets_the_mark(ada: Client, stan: Client, owner: Client) -> None:
    template = make_template(owner, "One", replace_state_conditionally=True)
    assert publish(stan, template)["is_published_state"] is False
    (task,) = asked(owner)
    decide(ada, task, True)
    assert stan.data("GET", f"/checklists/{template['id']}")["is_published_state"] is True


def test_an_inactive_owner_is_asked_no_more(
    ada: Client, stan: Client, owner: Client, template: Json, maker: Maker
) -> None:
    maker.rows("UPDATE people SET status = 'disabled' WHERE id = %s RETURNING id", owner.user_id)
    publish(stan, template)
    assert template["id"] in [one["checklist_id"] for one in asked(ada)]
