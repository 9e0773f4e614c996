"""A process is launched, worked on and finished."""

from __future__ import annotations

import pytest
from tallyfy.models import TallyfyError

from tests.clients.story import Story


def launch(story: Story) -> None:
    sdk, org = story.sdk, story.org
    with pytest.raises(TallyfyError) as refusal:
        sdk.launch_process(org, story.ids["template"], "Nothing answered")
    assert refusal.value.status_code == 422
    assert "Country" in str(refusal.value.response_data["errors"])
    answers = {story.ids["country"]: "Norway"}
    run = sdk.launch_process(org, story.ids["template"], "Acme", summary="A mill", prerun=answers)
    assert (run.name, run.status, run.started_by, run.prerun) == (
        "Acme",
        "active",
        story.ada.user_id,
        answers,
    )
    assert (run.progress.complete, run.progress.total) == (0, 3)
    story.ids["run"] = run.id
    read = sdk.get_process(org, run.id, with_="tags")
    assert (read.checklist_title, read.summary) == ("Supplier intake", "A mill")
    renamed = sdk.update_process(org, run.id, name="Acme Mills", starred=True)
    assert (renamed.name, renamed.summary, renamed.starred) == ("Acme Mills", "A mill", True)
    assert story.there(f"/runs/{run.id}")["name"] == "Acme Mills"
    assert [one.id for one in sdk.get_organization_runs(org, status="active", starred=True).data] == [run.id]
    assert [one.id for one in sdk.tasks.get_organization_processes(org).data] == [run.id]


def reopen_the_kickoff(story: Story) -> None:
    sdk, org, run = story.sdk, story.org, story.ids["run"]
    assert sdk.reopen_kickoff_form(org, run)
    assert story.there(f"/runs/{run}")["prerun_completed_at"] is None
    assert sdk.complete_kickoff_form(org, run)
    assert story.there(f"/runs/{run}")["prerun_completed_by"] == story.ada.user_id


def find_the_tasks(story: Story) -> None:
    sdk, org, run = story.sdk, story.org, story.ids["run"]
    tasks = sdk.get_tasks_for_process(org, process_id=run, sort="position")
    titles = [task.title for task in tasks.data if task.status != "auto-skipped"]
    assert titles == ["Ask for papers", "Check papers", "Welcome"]
    for task in tasks.data:
        story.ids[f"task {task.title}"] = task.id
    ask = sdk.get_task(org, run, story.ids["task Ask for papers"], with_="step,run,form_fields")
    assert ask.owners.users == [story.house.stan.user_id]
    assert ask.step_id == story.ids["Ask for papers"]
    assert [one.title for one in sdk.get_user_tasks(org, story.house.stan.user_id).data] == ["Ask for papers"]
    assert {one.title for one in sdk.get_my_tasks(org).data} == {"Check papers", "Welcome"}
    code = sdk.get_guest(org, ask.owners.guests[0]).extra["guest_code"]
    assert [one.title for one in sdk.get_guest_tasks(org, code).data] == ["Ask for papers"]


def work(story: Story) -> None:
    sdk, org, run = story.sdk, story.org, story.ids["run"]
    ask, check = story.ids["task Ask for papers"], story.ids["task Check papers"]
    with pytest.raises(TallyfyError) as refusal:
        sdk.complete_task(org, run, ask)
    assert "Tax number" in str(refusal.value.response_data["errors"])
    changed = sdk.update_task(org, run, ask, taskdata={story.ids["number"]: "NO 123"}, summary="By post")
    assert changed.taskdata[story.ids["number"]] == "NO 123"
    done = sdk.complete_task(org, run, ask)
    assert (done.status, done.completer_id) == ("completed", story.ada.user_id)
    again = sdk.reopen_task(org, run, ask)
    assert (again.id, again.status, again.completed_at) == (ask, "in-progress", None)
    assert again.taskdata[story.ids["number"]] == "NO 123"
    sdk.complete_task(org, run, ask)
    large = {"id": 2, "text": "Large"}
    sdk.update_task(org, run, check, taskdata={story.ids["size"]: large})
    sdk.complete_task(org, run, check)
    shown = sdk.get_task(org, run, task_of(story, "Legal review"))
    assert shown.status == "not-started"


def task_of(story: Story, title: str) -> str:
    """The id of a task by its title, once the task is visible."""
    tasks = story.there(f"/runs/{story.ids['run']}/tasks?without_pagination=true")
    return next(
        str(task["id"]) for task in tasks if task["title"] == title and task["status"] != "auto-skipped"
    )


def finish(story: Story) -> None:
    sdk, org, run = story.sdk, story.org, story.ids["run"]
    for title in ("Legal review", "Welcome"):
        sdk.complete_task(org, run, task_of(story, title))
    done = sdk.get_process(org, run)
    assert (done.status, done.progress.percent, done.completed_at is None) == ("complete", 100, False)
    assert sdk.archive_process(org, run)
    assert story.there(f"/runs/{run}")["status"] == "archived"
    back = sdk.reactivate_process(org, run)
    assert (back.id, back.archived_at) == (run, None)
