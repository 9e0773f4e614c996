"""Rules that assign people, as clients see it."""

from __future__ import annotations

import pytest

from stepwell.tasks.schemas import ChangedTaskShape, OneTaskShape
from tests.api.made import Maker
from tests.api.ruled import activity, complete, does, launch, on_completion, read, whom
from tests.api.templating import add_field, add_rule, make_template, when
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("T-156", "T-163", "P-393", "T-170")
def test_a_rule_assigns_and_everybody_sees_it(ada: Client, stan: Client, liv: Client) -> None:
    people = whom(liv, guests=("Mia@guest.example",))
    template = on_completion(
        ada, "One", "Two", actions=lambda _, two: [does("assign", two, assignees=people)]
    )
    tasks = launch(stan, template)
    two = tasks["Two"]
    assert two["owners"]["users"] == [stan.user_id]
    done = shaped(ChangedTaskShape, complete(stan, tasks["One"]), "tasks_changed_by_rules")
    owners = {"users": [stan.user_id, liv.user_id], "guests": ["mia@guest.example"], "groups": []}
    assert done["tasks_changed_by_rules"] == {
        two["id"]: {"status": "not-started", "owners": owners, "action": "assignment"}
    }
    after = shaped(OneTaskShape, read(liv, two))
    assert {key: after["owners"][key] for key in owners} == owners
    assert len(after["owners"]["taskUrls"]) == 1
    assert two["id"] in [one["id"] for one in liv.data("GET", "/me/tasks?per_page=100")]
    [row] = [row for row in activity(stan, two) if row["verb"] == ["owners-updated"]]
    assert row["audit_state"]["alias"] == "A rule"
    assert (row["old_value"][0]["users"], row["text"]) == ([stan.user_id], [owners])


@pytest.mark.rule("T-163")
def test_people_are_replaced_removed_and_cleared(ada: Client, stan: Client, liv: Client) -> None:
    template = on_completion(
        ada, "One", "Only", "Not stan", "Nobody",
        actions=lambda one, only, not_stan, nobody: [
            does("assign_only", only, assignees=whom(liv)),
            does("unassign", not_stan, assignees=whom(stan)),
            does("clear_assignees", nobody),
        ],
    )  # fmt: skip
    tasks = launch(stan, template, tasks={
        step["id"]: {"owners": whom(stan, ada)} for step in template["steps"][1:]
    })  # fmt: skip
    changed = complete(stan, tasks["One"])["tasks_changed_by_rules"]
    assert set(changed) == {tasks[name]["id"] for name in ("Only", "Not stan", "Nobody")}
    users = {name: read(ada, tasks[name])["owners"]["users"] for name in ("Only", "Not stan", "Nobody")}
    assert users == {"Only": [liv.user_id], "Not stan": [ada.user_id], "Nobody": []}
    mine = [one["id"] for one in stan.data("GET", "/me/tasks?per_page=100")]
    assert not {tasks[name]["id"] for name in users} & set(mine)


@pytest.mark.rule("T-163", "T-164")
@pytest.mark.parametrize("kind", ["assignees_form", "email", "text"])
def test_people_come_from_an_answer(ada: Client, stan: Client, liv: Client, kind: str) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    field = add_field(
        ada, template, one, label="Who", field_type=kind, field_validation="email" if kind == "text" else None
    )
    source = {"actionable_id": field["id"], "actionable_type": "Capture"}
    add_rule(ada, template, [when(one)], [does("assign_only", two, assignees=whom(stan), **source)])
    answer = whom(liv) if kind == "assignees_form" else liv.email.upper()
    tasks = launch(ada, template)
    ada.data("PUT", f"/tasks/{tasks['One']['id']}", json={"taskdata": {field["id"]: answer}})
    complete(ada, tasks["One"])
    assert read(ada, tasks["Two"])["owners"]["users"] == [liv.user_id]
    blank = launch(ada, template)
    complete(ada, blank["One"])
    assert read(ada, blank["Two"])["owners"]["users"] == [stan.user_id]


@pytest.mark.rule("T-163", "P-390")
def test_the_kickoff_form_assigns_at_launch_and_when_it_is_corrected(
    ada: Client, stan: Client, liv: Client
) -> None:
    template = make_template(ada, "One")
    who = add_field(ada, template, label="Who", field_type="assignees_form")
    mail = add_field(ada, template, label="Guest", field_type="email")
    (one,) = template["steps"]
    sources = [{"actionable_id": field["id"], "actionable_type": "Prerun"} for field in (who, mail)]
    filled = [when(field, "Prerun", "is_not_empty", statement=None) for field in (who, mail)]
    add_rule(ada, template, filled[:1], [does("assign_only", one, assignees=None, **sources[0])])
    add_rule(ada, template, filled[1:], [does("assign", one, assignees=None, **sources[1])])
    guest = "New.Guest@guest.example"
    tasks = launch(ada, template, prerun={who["id"]: whom(liv), mail["id"]: guest})
    owners = tasks["One"]["owners"]
    assert (owners["users"], owners["guests"]) == ([liv.user_id], [guest.lower()])
    process = tasks["One"]["run_id"]
    ada.data("PUT", f"/runs/{process}", json={"prerun": {who["id"]: whom(stan)}})
    assert read(ada, tasks["One"])["owners"]["users"] == [stan.user_id]


@pytest.mark.rule("T-114", "T-170")
def test_a_refused_assignment_is_told_by_the_bot(ada: Client, stan: Client, liv: Client) -> None:
    template = make_template(ada, "One", "Two", "Three")
    one, two, three = template["steps"]
    ada.data(
        "PUT", f"/checklists/{template['id']}/steps/{two['id']}", json={"title": "Two", "max_assignable": 1}
    )
    actions = [does("assign", two, assignees=whom(liv)), does("hide", three, "visibility")]
    add_rule(ada, template, [when(one)], actions, automated_alias="Help <b>out</b><script>x</script>")
    tasks = launch(stan, template)
    changed = complete(stan, tasks["One"])["tasks_changed_by_rules"]
    assert set(changed) == {tasks["Three"]["id"]}
    after = read(stan, tasks["Two"], "?with=threads")
    assert after["owners"]["users"] == [stan.user_id]
    [said] = after["threads"]["data"]
    assert said["author_type"] == "bot"
    assert "No more than 1 people can be assigned." in said["content"]
    assert "<script" not in said["content"]
    assert [row["verb"] for row in activity(stan, tasks["Two"])][-2:] == [["execution_fail"], ["commented"]]


@pytest.mark.rule("T-114", "T-170")
def test_a_refused_assignment_at_launch_is_told_too(ada: Client, stan: Client, liv: Client) -> None:
    template = make_template(ada, "One")
    plan = add_field(ada, template, label="Plan")
    (one,) = template["steps"]
    ada.data(
        "PUT", f"/checklists/{template['id']}/steps/{one['id']}", json={"title": "One", "max_assignable": 1}
    )
    add_rule(
        ada,
        template,
        [when(plan, "Prerun", "is_empty", statement=None)],
        [does("assign", one, assignees=whom(liv))],
    )
    task = read(stan, launch(stan, template)["One"], "?with=threads")
    assert task["owners"]["users"] == [stan.user_id]
    assert [one["author_type"] for one in task["threads"]["data"]] == ["bot"]


@pytest.mark.rule("T-119")
def test_somebody_who_left_since_is_not_assigned(database: str, ada: Client, liv: Client) -> None:
    with Maker(database, ada) as maker:
        leaver = maker.member()
        template = on_completion(
            ada, "One", "Two", actions=lambda one, two: [does("assign", two, assignees=whom(leaver, liv))]
        )
        with maker.owner() as owner:
            owner.execute("UPDATE people SET status = 'disabled' WHERE id = %s", [leaver.user_id])
        tasks = launch(ada, template)
        complete(ada, tasks["One"])
        assert read(ada, tasks["Two"])["owners"]["users"] == [ada.user_id, liv.user_id]


@pytest.mark.rule("T-163")
def test_a_group_is_assigned_with_all_its_members(database: str, ada: Client, liv: Client) -> None:
    with Maker(database, ada) as maker:
        group = maker.group(liv)
        template = on_completion(
            ada,
            "One",
            "Two",
            actions=lambda one, two: [does("assign_only", two, assignees=whom(groups=(group,)))],
        )
        tasks = launch(ada, template)
        complete(ada, tasks["One"])
        assert read(ada, tasks["Two"])["owners"]["groups"] == [group]
        assert tasks["Two"]["id"] in [one["id"] for one in liv.data("GET", "/me/tasks?per_page=100")]
        assert read(liv, tasks["Two"])["id"] == tasks["Two"]["id"]
