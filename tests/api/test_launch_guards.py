"""Who can launch nothing, what every launch records, and who has the tasks that nobody was named for."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from tests.api.drawn import (
    asks,
    draw,
    grant,
    group_of,
    join_as,
    launched,
    leave,
    new_folder,
    new_tag,
    put_row,
    reasons,
    step,
    tasks_by_title,
)
from tests.conftest import Client


@pytest.mark.rule("P-033")
def test_the_secret_of_a_guest_launches_nothing(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call", guests=["mira@client.example"]))
    launched(ada, template)
    with psycopg.connect(database) as owner:
        enter(owner, UUID(ada.organization_id))
        row = owner.execute("SELECT guest_code FROM people WHERE email = 'mira@client.example'").fetchone()
    assert row is not None
    headers = {"Authorization": f"Bearer {row[0]}"}
    answer = ada.post("/runs", json={"checklist_id": template.id}, headers=headers)
    assert answer.status_code == 401
    assert len(ada.data("GET", f"/runs?checklist_id={template.id}")) == 1


@pytest.mark.rule("P-036")
def test_a_disabled_member_launches_nothing(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    member = join_as(database, ada, "standard")
    assert launched(member, template)["owner_id"] == member.user_id
    leave(database, member)
    assert member.post("/runs", json={"checklist_id": template.id}).status_code in (401, 403)
    assert len(ada.data("GET", f"/runs?checklist_id={template.id}")) == 1


@pytest.mark.rule("P-037")
def test_nothing_is_limited_as_in_a_trial(database: str, ada: Client) -> None:
    guests = [f"g{number}@client.example" for number in range(11)]
    template = draw(database, ada, *(step(f"Step {number}", guests=guests) for number in range(10)))
    tasks = tasks_by_title(ada, launched(ada, template))
    assert sum(len(task["owners"]["guests"]) for task in tasks.values()) == 110


@pytest.mark.rule("P-035")
def test_every_launch_records_its_origin(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    process = launched(ada, template)
    project = ada.data("POST", "/runs", 201, json={"empty_process": True, "name": "Move"})
    copy = ada.data("POST", f"/runs/{process['id']}/duplicate", 201)
    for one in (process, project, copy):
        events = ada.data("GET", f"/activity-feeds?entity_type=run&entity_id={one['id']}")
        [created] = [
            event for event in events if event["verb"] == ["created"] and event["type"] == ["Process"]
        ]
        assert created["origin"] == {"data": {"launch": "api"}}


@pytest.mark.rule("P-096")
def test_the_template_alone_is_enough_and_everything_else_can_be_said(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    template = draw(database, ada, step("Call"), step("Sign"), kickoff=[asks("Client")])
    bare = launched(ada, template)
    assert (bare["owner_id"], bare["started_by"], bare["starred"]) == (ada.user_id, ada.user_id, False)
    assert (bare["parent_id"], bare["users"], bare["groups"]) == (None, [], [])
    role = put_row(database, ada, "job_titles", name="Signer")
    with_role = draw(database, ada, step("Call"), step("Sign", roles=[UUID(role)]), kickoff=[asks("Client")])
    group, tag, folder = group_of(database, ada, liv), new_tag(database, ada), new_folder(database, ada)
    said = launched(
        ada, with_role, name="Order 7", summary="Urgent", owner_id=stan.user_id, user_id=liv.user_id, starred=True,
        is_public=True, publicly_hidden_fields=["comments"], parent_id=bare["id"], users=[stan.user_id],
        groups=[group], tags=[tag], folders=[folder], assign_someone_else=False,
        prerun={with_role.fields["Client"]: "Acme"}, roles={role: {"users": [stan.user_id]}},
        tasks={with_role.aliases["Call"]: {"owners": {"users": [ada.user_id], "guests": [], "groups": []}}},
    )  # fmt: skip
    assert (said["name"], said["summary"], said["owner_id"]) == ("Order 7", "Urgent", stan.user_id)
    assert (said["started_by"], said["starred"], said["is_public"]) == (liv.user_id, True, True)
    assert (said["parent_id"], said["users"], said["groups"]) == (bare["id"], [stan.user_id], [group])
    assert (said["publicly_hidden_fields"], said["assign_someone_else"]) == (["comments"], False)
    assert said["prerun"] == {with_role.fields["Client"]: "Acme"}
    more = ada.data("GET", f"/runs/{said['id']}?with=tags,folders")
    assert [one["tag_id"] for one in more["tags"]["data"]] == [tag]
    assert len(more["folders"]["data"]) == 1
    tasks = tasks_by_title(ada, said)
    assert {title: task["owners"]["users"] for title, task in tasks.items()} == {
        "Call": [ada.user_id],
        "Sign": [stan.user_id],
    }


@pytest.mark.rule("P-128")
def test_a_parent_makes_a_sub_process(database: str, ada: Client, otto: Client) -> None:
    template = draw(database, ada, step("Call"))
    parent = launched(ada, template)
    child = launched(ada, template, parent_id=parent["id"])
    assert child["parent_id"] == parent["id"]
    assert [one["id"] for one in ada.data("GET", f"/runs?parent_id={parent['id']}")] == [child["id"]]
    foreign = launched(otto, draw(database, otto, step("Call")))["id"]
    for wrong in (foreign, "0" * 32, "nonsense"):
        body = {"checklist_id": template.id, "parent_id": wrong}
        expected = {"parent_id": ["The selected parent id is invalid."]}
        assert reasons(ada, "POST", "/runs", json=body) == expected


@pytest.mark.rule("P-105")
def test_what_nobody_was_named_for_falls_to_the_launcher_and_not_to_the_author(
    database: str, ada: Client, stan: Client
) -> None:
    template = draw(database, ada, step("Call"), step("Invite", guests=[]))
    tasks = tasks_by_title(ada, launched(stan, template))
    assert {title: task["owners"]["users"] for title, task in tasks.items()} == {
        "Call": [stan.user_id],
        "Invite": [stan.user_id],
    }


@pytest.mark.rule("P-047")
def test_one_who_gives_himself_every_step_involves_nobody_else(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    group = group_of(database, ada, liv)
    template = draw(
        database,
        ada,
        step("Call", assignees=[stan.user_id]),
        step("Sign", groups=[UUID(group)]),
        step("Reply", guests=["mira@client.example"]),
    )
    mine = {"owners": {"users": [ada.user_id], "guests": [], "groups": []}}
    process = launched(ada, template, tasks=dict.fromkeys(template.steps.values(), mine))
    owners = [task["owners"] for task in tasks_by_title(ada, process).values()]
    assert owners == [{"users": [ada.user_id], "guests": [], "groups": [], "taskUrls": []}] * 3
    assert process["collaborators"] == [ada.user_id]


def test_the_right_to_launch_is_enough_to_choose_the_people(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    template = draw(database, ada, step("Call", assignees=[ada.user_id]))
    grant(database, ada, template, "CHECKLIST_EDIT")
    grant(database, ada, template, "PROCESS_LAUNCH", users=[stan.user_id])
    owners = {"users": [liv.user_id], "guests": [], "groups": []}
    process = launched(stan, template, tasks={template.steps["Call"]: {"owners": owners}})
    assert tasks_by_title(stan, process)["Call"]["owners"]["users"] == [liv.user_id]
