"""Who gets the tasks of a launch, who becomes a guest, who sees the process."""

from __future__ import annotations

import secrets

import pytest

from tests.api.drawn import (
    asks,
    change_settings,
    draw,
    grant,
    group_of,
    join_as,
    launched,
    put_row,
    reasons,
    step,
    tasks_by_title,
)
from tests.conftest import Client, Server, make_house


def new_role(database: str, client: Client) -> str:
    return put_row(database, client, "job_titles", name=f"Title {secrets.token_hex(4)}")


@pytest.mark.rule("P-102", "P-104", "T-109", "T-110", "T-112")
def test_who_gets_the_task_at_launch(database: str, ada: Client, stan: Client, liv: Client) -> None:
    """Scenario S13."""
    group, role, cem = (
        group_of(database, ada, liv),
        new_role(database, ada),
        join_as(database, ada, "standard"),
    )
    template = draw(
        database,
        ada,
        step("S1"),
        step("S2", groups=[group]),
        step("S3", assign_run_starter=False),
        step("S4", assignees=[cem.user_id]),
        step("S5", roles=[role]),
    )
    overrides = {
        template.steps["S4"]: {"owners": {"users": [], "guests": ["zoe@ext.example"], "groups": []}},
        template.steps["S3"]: {"owners": {"users": [], "guests": [], "groups": []}},
    }
    process = launched(stan, template, tasks=overrides, roles={role: {"users": [liv.user_id]}})
    owners = {title: task["owners"] for title, task in tasks_by_title(stan, process).items()}
    assert owners["S1"]["users"] == [stan.user_id]
    assert (owners["S2"]["users"], owners["S2"]["groups"]) == ([], [group])
    assert owners["S3"] == {"users": [], "guests": [], "groups": [], "taskUrls": []}
    assert (owners["S4"]["users"], owners["S4"]["guests"]) == ([stan.user_id], ["zoe@ext.example"])
    assert owners["S5"]["users"] == [liv.user_id]
    again = tasks_by_title(stan, launched(stan, template))
    assert again["S5"]["owners"]["users"] == [stan.user_id]


@pytest.mark.rule("P-106", "T-113")
def test_a_new_guest_is_created_with_a_link_and_a_member_beside(
    database: str, ada: Client, stan: Client
) -> None:
    email = f"mira.{secrets.token_hex(4)}@client.example"
    template = draw(database, ada, step("Sign", guests=[email]))
    process = launched(ada, template, owner_id=stan.user_id)
    owners = tasks_by_title(ada, process)["Sign"]["owners"]
    assert (owners["guests"], owners["users"]) == ([email], [stan.user_id])
    (url,) = owners["taskUrls"]
    assert f"/{ada.organization_id}/guest/" in url
    again = tasks_by_title(ada, launched(ada, template))["Sign"]["owners"]
    assert again["taskUrls"][0].split("/task/")[0] == url.split("/task/")[0]


def test_a_members_address_is_no_guest(database: str, ada: Client, stan: Client) -> None:
    template = draw(database, ada, step("Sign"))
    key = template.steps["Sign"]
    wrong = reasons(
        ada,
        "POST",
        "/runs",
        json={"checklist_id": template.id, "tasks": {key: {"owners": {"guests": [stan.email]}}}},
    )
    assert list(wrong) == [f"tasks.{key}.owners.guests"]


@pytest.mark.rule("P-103")
def test_people_who_have_left_are_skipped(database: str, ada: Client, stan: Client) -> None:
    gone = join_as(database, ada, "standard", status="disabled")
    template = draw(
        database,
        ada,
        step("Both", assignees=[gone.user_id, stan.user_id]),
        step("Gone", assignees=[gone.user_id]),
    )
    tasks = tasks_by_title(ada, launched(ada, template))
    assert tasks["Both"]["owners"]["users"] == [stan.user_id]
    assert tasks["Gone"]["owners"]["users"] == [ada.user_id]


def test_strangers_and_unknown_groups_are_refused(database: str, ada: Client, otto: Client) -> None:
    template = draw(database, ada, step("Call"))
    key = template.steps["Call"]
    owners = {"users": [otto.user_id], "groups": ["0" * 32]}
    wrong = reasons(
        ada, "POST", "/runs", json={"checklist_id": template.id, "tasks": {key: {"owners": owners}}}
    )
    assert set(wrong) == {f"tasks.{key}.owners.users", f"tasks.{key}.owners.groups"}


@pytest.mark.rule("T-114")
def test_more_people_than_a_step_takes_are_refused(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    group = group_of(database, ada, stan, liv)
    template = draw(database, ada, step("Solo", max_assignable=1))
    key = template.steps["Solo"]
    for owners in ({"groups": [group]}, {"users": [stan.user_id], "guests": ["zoe@ext.example"]}):
        wrong = reasons(
            ada, "POST", "/runs", json={"checklist_id": template.id, "tasks": {key: {"owners": owners}}}
        )
        assert list(wrong) == [f"tasks.{key}.owners"]
    alone = launched(ada, template, tasks={key: {"owners": {"users": [stan.user_id]}}})
    assert tasks_by_title(ada, alone)["Solo"]["owners"]["users"] == [stan.user_id]


@pytest.mark.rule("P-043", "T-112")
def test_roles_are_an_object_by_role(database: str, ada: Client, stan: Client) -> None:
    role, template = new_role(database, ada), draw(database, ada, step("Call"))
    launched(ada, template, roles={role: {"users": [stan.user_id], "guests": [], "groups": []}})
    for wrong in ([], [role], "x"):
        assert list(reasons(ada, "POST", "/runs", json={"checklist_id": template.id, "roles": wrong})) == [
            "roles"
        ]
    unknown = reasons(
        ada, "POST", "/runs", json={"checklist_id": template.id, "roles": {"0" * 32: {}, "boss": {}}}
    )
    assert set(unknown) == {f"roles.{'0' * 32}", "roles.boss"}


def test_owner_starter_users_and_groups(database: str, ada: Client, stan: Client, liv: Client) -> None:
    group, template = group_of(database, ada, liv), draw(database, ada, step("Call"))
    process = launched(
        ada,
        template,
        owner_id=str(stan.user_id),
        user_id=liv.user_id,
        users=[str(stan.user_id)],
        groups=[group],
        starred=True,
        summary="Notes",
        is_public=True,
        publicly_hidden_fields=["comments"],
        assign_someone_else=False,
    )
    assert (process["owner_id"], process["started_by"]) == (stan.user_id, liv.user_id)
    assert (process["users"], process["groups"]) == ([stan.user_id], [group])
    assert (process["starred"], process["summary"], process["is_public"]) == (True, "Notes", True)
    assert (process["publicly_hidden_fields"], process["assign_someone_else"]) == (["comments"], False)
    assert process["collaborators"] == sorted([stan.user_id, liv.user_id])
    assert tasks_by_title(ada, process)["Call"]["owners"]["users"] == [liv.user_id]


def test_only_an_administrator_launches_for_somebody_else(database: str, ada: Client, stan: Client) -> None:
    template = draw(database, ada, step("Call"))
    assert launched(stan, template, user_id=stan.user_id)["started_by"] == stan.user_id
    assert stan.post("/runs", json={"checklist_id": template.id, "user_id": ada.user_id}).status_code == 403
    for wrong in ({"user_id": 10**12}, {"owner_id": 10**12}):
        assert list(reasons(ada, "POST", "/runs", json={"checklist_id": template.id, **wrong})) == list(wrong)


@pytest.mark.rule("P-107")
def test_readers_are_those_of_the_template(database: str, ada: Client, stan: Client, liv: Client) -> None:
    template = draw(database, ada, step("Call"), settings={"users": [stan.user_id]})
    grant(database, ada, template, "PROCESS_READ", users=[liv.user_id])
    process = launched(ada, template, path="/runs?with=permissions")
    (granted,) = process["permissions"]["data"]
    assert granted == {
        "permission": "PROCESS_READ",
        "everyone": False,
        "users": [liv.user_id, stan.user_id],
        "groups": [],
    }
    assert liv.get(f"/runs/{process['id']}").status_code == 200
    other = join_as(database, ada, "standard")
    assert other.get(f"/runs/{process['id']}").status_code == 403


@pytest.mark.rule("P-109")
def test_custom_fields_of_template_and_steps_are_inherited(database: str, ada: Client) -> None:
    template = draw(
        database,
        ada,
        step("Call", custom_fields={"room": "4b"}),
        step("Visit"),
        settings={"custom_fields": {"cost_center": "CC-9"}},
    )
    process = launched(ada, template)
    assert process["custom_fields"] == {"cost_center": "CC-9"}
    tasks = tasks_by_title(ada, process)
    assert (tasks["Call"]["custom_fields"], tasks["Visit"]["custom_fields"]) == ({"room": "4b"}, {})


def test_an_answer_names_people_without_assigning_them(database: str, ada: Client, liv: Client) -> None:
    template = draw(database, ada, step("Call"), kickoff=[asks("Who", "assignees_form")])
    process = launched(ada, template, prerun={template.fields["Who"]: {"users": [liv.user_id]}})
    assert tasks_by_title(ada, process)["Call"]["owners"]["users"] == [ada.user_id]
    assert liv.get(f"/runs/{process['id']}").status_code == 403


@pytest.mark.rule("P-433")
def test_the_organization_can_bound_the_groups_that_are_assigned(database: str, server: Server) -> None:
    with make_house(database, server.origin, "Bounded") as house:
        bounded_groups(database, house.ada)


def bounded_groups(database: str, otto: Client) -> None:
    group, template = group_of(database, otto, otto), draw(database, otto, step("Call"))
    key = template.steps["Call"]
    body = {"checklist_id": template.id, "tasks": {key: {"owners": {"groups": [group]}}}}
    change_settings(database, otto, maximum_group_assignment_limit=1)
    assert otto.post("/runs", json=body).status_code == 201
    big = group_of(database, otto, otto, join_as(database, otto, "standard"))
    body["tasks"] = {key: {"owners": {"groups": [big]}}}
    assert list(reasons(otto, "POST", "/runs", json=body)) == [f"tasks.{key}.owners"]
