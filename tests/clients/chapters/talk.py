"""Comments and issues."""

from __future__ import annotations

import pytest
from tallyfy.models import TallyfyError

from tests.clients.story import Story


def comment(story: Story) -> None:
    sdk, org, run, task = story.sdk, story.org, story.ids["run"], story.ids["task Welcome"]
    said = sdk.add_task_comment(org, task, "Who calls them?", state="open")
    assert (said.content, said.label, said.author_id) == ("Who calls them?", "comment", story.ada.user_id)
    changed = sdk.update_task_comment(org, task, said.id, "Who writes to them?")
    assert (changed.id, changed.content) == (said.id, "Who writes to them?")
    other = sdk.add_task_comment(org, task, "Nobody")
    assert sdk.delete_task_comment(org, task, other.id)
    assert [one.content for one in sdk.get_task_comments(org, run, task)] == ["Who writes to them?"]


def report_and_resolve_an_issue(story: Story) -> None:
    sdk, org, run, task = story.sdk, story.org, story.ids["run"], story.ids["task Welcome"]
    issue = sdk.report_task_issue(org, task, "The address is wrong")
    assert issue.label == "problem"
    assert story.there(f"/runs/{run}")["status"] == "problem"
    with pytest.raises(TallyfyError) as refusal:
        sdk.complete_task(org, run, task)
    assert refusal.value.status_code == 422
    assert sdk.threads.resolve_task_issues(org, task, issue.id, "It was a typing error")
    assert story.there(f"/runs/{run}")["status"] == "active"
    assert not story.there(f"/tasks/{task}")["problem"]
