"""A task on its own."""

from __future__ import annotations

from tests.clients.story import Story


def do_a_task_on_its_own(story: Story) -> None:
    sdk, org, stan = story.sdk, story.org, story.house.stan.user_id
    made = sdk.create_task(
        org, "Call the mill", "2030-05-17 12:00:00", user_ids=[stan], description="Ask for Rosa"
    )
    assert (made.title, made.is_oneoff_task, made.run_id) == ("Call the mill", True, None)
    read = sdk.get_standalone_task(org, made.id)
    assert (read.summary, read.owners.users, read.deadline) == (
        "Ask for Rosa",
        [stan],
        "2030-05-17T12:00:00Z",
    )
    changed = sdk.update_standalone_task(org, made.id, title="Write to the mill")
    assert (changed.title, changed.owners.users) == ("Write to the mill", [stan])
    sdk.add_task_comment(org, made.id, "No answer")
    assert [one.content for one in sdk.get_standalone_task_comments(org, made.id)] == ["No answer"]
    done = sdk.complete_standalone_task(org, made.id)
    assert (done.status, done.completer_id) == ("completed", story.ada.user_id)
    assert sdk.reopen_standalone_task(org, made.id).status == "in-progress"
    assert sdk.delete_standalone_task(org, made.id)
    assert story.there(f"/tasks/{made.id}")["archived_at"] is not None
