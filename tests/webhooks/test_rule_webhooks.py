"""What a rule emits arrives once, with the target task's payload, and never holds up the work."""

from __future__ import annotations

import pytest

from tests.api.ruled import activity, complete, does, launch, reopen
from tests.api.templating import Json, add_field, add_rule, make_template, when
from tests.conftest import Client
from tests.webhooks.conftest import WEB
from tests.webhooks.receiver import Receiver

TASK_KEYS = {"id", "title", "alias", "status", "summary", "deadline", "position", "captures", "owners"}


def emitting(client: Client, url: str, alias: str = "Till") -> tuple[Json, Json, Json]:
    """A template of three steps whose rule posts Two when One is completed, a kick-off field, a field of Two."""
    template = make_template(client, "One", "Two", "Three")
    one, two, _ = template["steps"]
    plan = add_field(client, template, label="Plan")
    note = add_field(client, template, two, label="Note")
    hook = does("emit_webhook", two, "webhook", webhook_url=url, alias_name=alias)
    add_rule(client, template, [when(one)], [hook], automated_alias="Tell the till")
    return template, plan, note


@pytest.mark.rule("T-169", "G-110", "G-115")
def test_the_target_s_payload_is_posted(ada: Client, stan: Client, receiver: Receiver) -> None:
    template, plan, note = emitting(ada, receiver.url("/hook?key=1"))
    two_id, guest = template["steps"][1]["id"], "mia@guest.example"
    owners = {"users": [stan.user_id], "guests": [guest], "groups": []}
    tasks = launch(ada, template, prerun={plan["id"]: "Gold"}, tasks={two_id: {"owners": owners}})
    two = tasks["Two"]
    ada.data("PUT", f"/tasks/{two['id']}", json={"taskdata": {note["id"]: "Hello"}})
    complete(stan, tasks["One"])
    got = receiver.next()
    assert got.path == "/hook?key=1"
    assert got.headers["X-Tallyfy-orgID"] == ada.organization_id
    assert got.headers["X-Webhook-Event"] == "automation.webhook"
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"
    body = got.body
    assert set(body) == {
        "event", "automation", "this_task", "launcher", "completer", "process-tasks", "form-fields", "template",
        "process", "guest-links", "next_task",
    }  # fmt: skip
    assert body["event"] == "automation.webhook"
    assert (body["automation"]["alias"], body["automation"]["alias_name"]) == ("Tell the till", "Till")
    this = body["this_task"]
    assert set(this) == TASK_KEYS | {"completed_at", "completed_by", "assets"}
    assert (this["id"], this["title"], this["status"]) == (two["id"], "Two", "in-progress")
    assert this["captures"] == {note["id"]: {"alias": note["alias"], "label": "Note", "value": "Hello"}}
    assert [user["email"] for user in this["owners"]["users"]] == [stan.email]
    assert (this["owners"]["guests"], this["completed_by"], this["assets"]) == ([guest], None, [])
    assert body["launcher"]["email"] == ada.email
    assert set(body["process-tasks"].values()) == {task["id"] for task in tasks.values()}
    assert body["form-fields"] == {plan["alias"]: "Gold", note["alias"]: "Hello"}
    assert (body["template"]["id"], body["template"]["title"]) == (template["id"], "Supplier intake")
    assert body["next_task"]["id"] == two["id"]
    assert set(body["next_task"]) == TASK_KEYS
    process = body["process"]
    assert (process["ClientURL"], process["progress"]) == (f"{WEB}/tracker/{two['run_id']}", 33)
    assert (process["prerun"], process["tags"], process["status"]) == ({plan["id"]: "Gold"}, [], "active")
    assert process["process_forms"][two_id] == this["captures"]
    assert body["guest-links"][guest]["link_for_guest"].startswith(
        f"{WEB}/guest-all-task/{ada.organization_id}/"
    )


@pytest.mark.rule("T-169")
def test_each_firing_is_posted_once_and_logged_without_its_address(ada: Client, receiver: Receiver) -> None:
    template, _, _ = emitting(ada, receiver.url("/secret"))
    tasks = launch(ada, template)
    complete(ada, tasks["One"])
    first = receiver.next()
    reopen(ada, tasks["One"])
    complete(ada, tasks["One"])
    second = receiver.next()
    assert first.headers["X-Webhook-Delivery"] != second.headers["X-Webhook-Delivery"]
    assert receiver.received.empty()
    rows = [row for row in activity(ada, tasks["Two"]) if row["verb"] == ["emitted"]]
    assert [row["text"] for row in rows] == [["Till"], ["Till"]]
    assert "secret" not in str(rows)


@pytest.mark.rule("T-169", "G-111")
@pytest.mark.parametrize("status", [500, 302])
def test_a_failure_is_not_tried_again_and_changes_nothing(
    ada: Client, receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.location = status, receiver.url("/elsewhere")
    template, _, _ = emitting(ada, receiver.url())
    tasks = launch(ada, template)
    assert complete(ada, tasks["One"])["status"] == "completed"
    assert receiver.next().path == "/hook"
    receiver.status, receiver.location = 200, ""
    reopen(ada, tasks["One"])
    complete(ada, tasks["One"])
    # Those of one process are sent in their order: had the first been tried again, it would come before this one.
    assert receiver.next().path == "/hook"
    assert receiver.received.empty()


@pytest.mark.rule("T-169")
def test_a_receiver_that_does_not_answer_holds_nobody_up(ada: Client, receiver: Receiver) -> None:
    receiver.hold.set()
    template, _, _ = emitting(ada, receiver.url())
    tasks = launch(ada, template)
    complete(ada, tasks["One"])
    receiver.next()
    complete(ada, tasks["Two"])
    assert ada.data("GET", f"/runs/{tasks['One']['run_id']}")["progress"]["complete"] == 2


@pytest.mark.rule("T-169")
def test_a_launch_emits_too(ada: Client, receiver: Receiver) -> None:
    template = make_template(ada, "One")
    plan = add_field(ada, template, label="Plan")
    (one,) = template["steps"]
    hook = does("emit_webhook", one, "webhook", webhook_url=receiver.url(), alias_name="Launch")
    add_rule(ada, template, [when(plan, "Prerun", "equals", statement="Gold")], [hook])
    tasks = launch(ada, template, prerun={plan["id"]: "Gold"})
    assert receiver.next().body["this_task"]["id"] == tasks["One"]["id"]
