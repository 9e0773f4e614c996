"""Launching a process once more."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.schemas import ProcessShape
from tests.api.drawn import (
    Drawn,
    asks,
    draw,
    forget_step,
    grant,
    group_of,
    join_as,
    launched,
    leave,
    new_folder,
    new_tag,
    reasons,
    step,
    tasks_by_title,
)
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def template(database: str, ada: Client) -> Drawn:
    return draw(
        database,
        ada,
        step("Call"),
        step("Visit", assign_run_starter=False),
        kickoff=[asks("Client", required=True)],
    )


def duplicate(client: Client, run: dict[str, Any], **body: Any) -> dict[str, Any]:
    got = client.data("POST", f"/runs/{run['id']}/duplicate?with=tags,folders", 201, json=body)
    return shaped(ProcessShape, got, "tags", "folders")


def test_answers_people_tags_and_folders_are_taken_over(
    database: str, ada: Client, stan: Client, liv: Client, template: Drawn
) -> None:
    tag, folder, group = new_tag(database, ada), new_folder(database, ada), group_of(database, ada, liv)
    run = launched(
        ada,
        template,
        name="Acme",
        prerun={template.fields["Client"]: "Acme"},
        tags=[tag],
        folders=[folder],
        summary="Notes",
        users=[stan.user_id],
        tasks={template.steps["Call"]: {"owners": {"groups": [group], "guests": ["mira@client.example"]}}},
    )
    got = duplicate(stan, run)
    assert (got["name"], got["prerun"], got["summary"]) == ("Acme - Copy", run["prerun"], "Notes")
    assert (got["owner_id"], got["started_by"], got["users"]) == (stan.user_id, stan.user_id, [stan.user_id])
    assert [one["tag_id"] for one in got["tags"]["data"]] == [tag]
    assert [one["id"] for one in got["folders"]["data"]] == [folder]
    tasks = tasks_by_title(stan, got)
    assert (tasks["Call"]["owners"]["groups"], tasks["Call"]["owners"]["guests"]) == (
        [group],
        ["mira@client.example"],
    )
    assert tasks["Visit"]["owners"]["users"] == []
    assert got["status"] == "active"


def test_each_part_can_be_left_out(ada: Client, stan: Client, template: Drawn) -> None:
    overrides = {template.steps["Call"]: {"owners": {"users": [stan.user_id]}}}
    run = launched(ada, template, prerun={template.fields["Client"]: "Acme"}, tasks=overrides)
    got = duplicate(ada, run, name="Another", copy_owners=False)
    assert got["name"] == "Another"
    assert tasks_by_title(ada, got)["Call"]["owners"]["users"] == [ada.user_id]
    wrong = reasons(ada, "POST", f"/runs/{run['id']}/duplicate", json={"copy_prerun": False})
    assert wrong == {f"prerun.{template.fields['Client']}": ["Client is required"]}


def test_whoever_has_left_is_not_taken_over(database: str, ada: Client, template: Drawn) -> None:
    leaver = join_as(database, ada, "standard")
    run = launched(
        ada,
        template,
        prerun={template.fields["Client"]: "Acme"},
        users=[leaver.user_id],
        tasks={template.steps["Call"]: {"owners": {"users": [leaver.user_id]}}},
    )
    leave(database, leaver)
    got = duplicate(ada, run)
    assert got["users"] == []
    assert tasks_by_title(ada, got)["Call"]["owners"]["users"] == [ada.user_id]


def test_a_long_name_is_cut_before_the_word_copy(ada: Client, template: Drawn) -> None:
    run = launched(ada, template, name="n" * 550, prerun={template.fields["Client"]: "Acme"})
    assert duplicate(ada, run)["name"] == "n" * 543 + " - Copy"


def test_who_may_duplicate(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client, template: Drawn
) -> None:
    run = launched(ada, template, prerun={template.fields["Client"]: "Acme"})
    path = f"/runs/{run['id']}/duplicate"
    assert liv.post(path).status_code == 403
    assert otto.post(path).status_code == 404
    grant(database, ada, template, "PROCESS_LAUNCH")
    answer = stan.post(path)
    assert answer.status_code == 403
    assert answer.json()["message"] == "Permission denied: cannot launch process from this template."
    assert list(reasons(ada, "POST", path, json={"name": "n" * 551})) == ["name"]


def test_steps_that_the_template_no_longer_has_are_left_out(
    database: str, ada: Client, template: Drawn
) -> None:
    run = launched(ada, template, prerun={template.fields["Client"]: "Acme"})
    forget_step(database, ada, template, "Visit")
    assert list(tasks_by_title(ada, duplicate(ada, run))) == ["Call"]


def test_a_project_has_nothing_to_launch_again(ada: Client) -> None:
    run = ada.data("POST", "/runs", 201, json={"name": "Move house", "empty_process": True})
    assert ada.post(f"/runs/{run['id']}/duplicate").status_code == 422
