"""Why a task is visible or hidden, whose it is, and due when it is due."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.explaining.schemas import (
    ActorShape,
    AwaitedShape,
    ExplainedConditionShape,
    ReasonShape,
    RuleReasonShape,
    WaitingRuleShape,
    WhyAssignedShape,
    WhyDueShape,
    WhyShape,
    WhyVisibleShape,
)
from tests.api.drawn import Drawn, asks, draw, join_as, launched, shows, step, tasks_by_title
from tests.api.made import Maker
from tests.api.templating import add_field, add_rule, make_template, show, when
from tests.conftest import Client
from tests.shapes import shaped

Json = dict[str, Any]


def why(client: Client, task_id: str, process_id: str | None = None) -> Json:
    """The explanation, every key of it checked."""
    path = f"/runs/{process_id}/tasks/{task_id}/why" if process_id else f"/tasks/{task_id}/why"
    found = shaped(WhyShape, client.data("GET", path))
    visible = shaped(WhyVisibleShape, found["visibility"])
    people, due = shaped(WhyAssignedShape, found["people"]), shaped(WhyDueShape, found["deadline"])
    for reason in (*visible["reasons"], *people["reasons"], *due["reasons"]):
        assert shaped(ReasonShape, reason)["sentence"].endswith(".")
        assert reason["by"] is None or shaped(ActorShape, reason["by"])
        if reason["rule"] is not None:
            for condition in shaped(RuleReasonShape, reason["rule"])["conditions"]:
                shaped(ExplainedConditionShape, condition)
    for waiting in visible["waiting_rules"]:
        for condition in shaped(WaitingRuleShape, waiting)["conditions"]:
            shaped(ExplainedConditionShape, condition)
    assert due["waits_for"] is None or shaped(AwaitedShape, due["waits_for"])
    return found


def sentences(part: Json) -> list[str]:
    return [reason["sentence"] for reason in part["reasons"]]


def all_tasks(client: Client, process: Json) -> dict[str, Json]:
    """Hidden ones too."""
    listed = client.data("GET", f"/runs/{process['id']}/tasks?status=all&without_pagination=true")
    hidden = client.data("GET", f"/runs/{process['id']}/tasks?status=auto-skipped&without_pagination=true")
    return {task["title"]: task for task in (*listed, *hidden)}


@pytest.fixture
def gold(database: str, ada: Client) -> Drawn:
    """The answer Gold shows the second step; the third one's deadline counts from the first."""
    return draw(
        database, ada, step("First"), step("Second"),
        kickoff=[asks("Plan", "dropdown")], rules=[shows("Second", "Plan", "Gold")],
    )  # fmt: skip


def test_a_rule_that_showed_a_task_is_named_with_what_it_saw(ada: Client, gold: Drawn) -> None:
    process = launched(ada, gold, prerun={gold.fields["Plan"]: "Gold"})
    found = why(ada, tasks_by_title(ada, process)["Second"]["id"], process["id"])
    assert (found["title"], found["run_id"], found["step_id"]) == (
        "Second",
        process["id"],
        gold.steps["Second"],
    )
    visible = found["visibility"]
    assert (visible["visible"], visible["by_hand"], visible["waiting_rules"]) == (True, False, [])
    assert sentences(visible) == [
        "It started hidden: the rule “show Second” has to show it first.",
        "The rule “show Second” showed it, because the answer to “Plan” is “Gold”.",
    ]
    assert visible["because"] == sentences(visible)[-1]
    reason = visible["reasons"][-1]
    assert (reason["kind"], reason["by"], reason["rule"]["alias"]) == ("rule", None, "show Second")
    (condition,) = reason["rule"]["conditions"]
    assert (condition["isMet"], condition["value"]["text"], condition["statement"]) == (True, "Gold", "Gold")
    feed = ada.request(
        "GET", f"/activity-feeds?entity_type=run&entity_id={process['id']}&per_page=100"
    ).json()["data"]
    ids = {row["id"]: row for row in feed}
    assert ids[reason["event_id"]]["field"] == ["visibility"]
    assert ids[reason["rule"]["event_id"]]["audit_state"]["automation_id"] == reason["rule"]["automation_id"]


def test_a_hidden_task_tells_what_it_waits_for(ada: Client, gold: Drawn) -> None:
    process = launched(ada, gold, prerun={gold.fields["Plan"]: "Basic"})
    found = why(ada, all_tasks(ada, process)["Second"]["id"])
    visible = found["visibility"]
    assert visible["visible"] is False
    assert visible["because"] == "It started hidden: the rule “show Second” has to show it first."
    (waiting,) = visible["waiting_rules"]
    assert (
        waiting["sentence"]
        == "The rule “show Second” did not show it: it is not so that the answer to “Plan” is “Gold”."
    )
    (condition,) = waiting["conditions"]
    assert (condition["isMet"], condition["value"]["text"]) == (False, "Basic")
    assert waiting["event_id"] is not None


def test_a_rule_that_was_not_looked_at_says_when_it_will(ada: Client) -> None:
    template = make_template(ada, "First", "Second")
    first, second = template["steps"]
    add_rule(ada, template, [when(first)], [show(second)], automated_alias="Go on")
    process = launched(ada, Drawn(template["id"]))
    (waiting,) = why(ada, all_tasks(ada, process)["Second"]["id"])["visibility"]["waiting_rules"]
    assert (
        waiting["sentence"]
        == "The rule “Go on” shows it when the step “First” is completed; it was not looked at yet."
    )
    assert (waiting["evaluated_at"], waiting["conditions"]) == (None, [])


def test_a_hand_that_showed_or_hid_a_task_is_named(ada: Client, stan: Client, gold: Drawn) -> None:
    process = launched(ada, gold)
    first = tasks_by_title(ada, process)["First"]["id"]
    assert why(ada, first)["visibility"]["because"] == (
        "It is visible from the launch on: no rule has to show the step first."
    )
    stan.data("POST", f"/tasks/{first}/hide")
    hidden = why(ada, first)["visibility"]
    assert (hidden["visible"], hidden["by_hand"], hidden["waiting_rules"]) == (False, True, [])
    assert hidden["because"] == "Stan Acme hid it by hand; rules leave that alone."
    reason = hidden["reasons"][-1]
    assert reason["kind"] == "hand"
    assert reason["by"] == {"id": stan.user_id, "type": "user", "name": "Stan Acme"}


def test_what_was_shown_because_nothing_would_have_been_is_told(database: str, ada: Client) -> None:
    drawn = draw(database, ada, step("A", hide_by_default=True))
    process = launched(ada, drawn)
    found = why(ada, tasks_by_title(ada, process)["A"]["id"])["visibility"]
    assert sentences(found) == [
        "It started hidden: the step is hidden by default.",
        "At launch every step would have been hidden, so all of them were shown.",
    ]
    assert found["reasons"][-1]["event_id"] is not None


def test_the_first_people_come_from_the_step_the_launch_or_the_starter(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    guest = ["zoe@example.com"]
    drawn = draw(
        database, ada, step("Named", assignees=[stan.user_id]), step("Starter"), step("Chosen"),
        step("Guest", guests=guest, assign_run_starter=False), step("Nobody", assign_run_starter=False),
        step("None now"),
    )  # fmt: skip
    tasks = {
        drawn.steps["Chosen"]: {"owners": {"users": [liv.user_id]}},
        drawn.steps["None now"]: {"unassigned": True},
    }
    process = launched(ada, drawn, tasks=tasks)
    by_title = tasks_by_title(ada, process)
    told = {title: why(ada, task["id"])["people"] for title, task in by_title.items()}
    assert {title: (one["reasons"][0]["kind"], one["because"]) for title, one in told.items()} == {
        "Named": ("step", "The step names Stan Acme."),
        "Starter": ("starter", "The step names nobody, so that it went to Ada Acme, who launched the process."),
        "Chosen": ("launch", "It was given to Liv Acme at launch, by Ada Acme."),
        "Guest": (
            "companion",
            "The step names zoe@example.com; Ada Acme was added, since guests do not stand alone.",
        ),
        "Nobody": ("step", "The step names nobody."),
        "None now": ("launch", "It was launched with nobody."),
    }  # fmt: skip
    assert told["Named"]["owners"] == {"users": [stan.user_id], "guests": [], "groups": []}


def test_a_job_title_is_told(database: str, ada: Client, stan: Client) -> None:
    with Maker(database, ada) as make:
        (role,) = make.rows(
            "INSERT INTO job_titles (organization_id, id, name, created_at, updated_at)"
            " VALUES (%s, gen_random_uuid(), gen_random_uuid()::text, now(), now()) RETURNING id",
            make.organization_id,
        )[0]  # fmt: skip
    drawn = draw(database, ada, step("Work", roles=[role], assign_run_starter=False))
    process = launched(ada, drawn, roles={role.hex: {"users": [stan.user_id]}})
    reason = why(ada, tasks_by_title(ada, process)["Work"]["id"])["people"]["reasons"][0]
    assert (reason["kind"], reason["sentence"]) == (
        "job_title", "It went to Stan Acme: the step's job titles were filled at launch.",
    )  # fmt: skip


def test_people_that_a_hand_or_a_rule_gave_are_told_in_order(ada: Client, stan: Client, liv: Client) -> None:
    template = make_template(ada, "First", "Second")
    first, second = template["steps"]
    assign = {"action_type": "assignment", "action_verb": "assign", "target_step_id": second["id"],
              "assignees": {"users": [liv.user_id]}}  # fmt: skip
    add_rule(ada, template, [when(first)], [assign], automated_alias="Liv helps")
    process = launched(ada, Drawn(template["id"]))
    tasks = tasks_by_title(ada, process)
    owners = {"owners": {"users": [stan.user_id], "guests": [], "groups": []}}
    stan.data("PUT", f"/runs/{process['id']}/tasks/{tasks['Second']['id']}", json=owners)
    ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": tasks["First"]["id"]})
    people = why(ada, tasks["Second"]["id"])["people"]
    assert sentences(people) == [
        "The step names nobody, so that it went to Ada Acme, who launched the process.",
        "Stan Acme assigned it to Stan Acme and took it from Ada Acme.",
        "The rule “Liv helps” assigned it to Liv Acme, because the step “First” is completed.",
    ]
    assert [one["kind"] for one in people["reasons"]] == ["starter", "hand", "rule"]
    assert people["owners"]["users"] == [stan.user_id, liv.user_id]


def test_a_deadline_tells_where_it_comes_from(database: str, ada: Client) -> None:
    from_launch = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}
    drawn = draw(
        database,
        ada,
        step("Step", deadline=from_launch),
        step("Default"),
        step("Launch", deadline=from_launch),
    )
    process = launched(ada, drawn, tasks={drawn.steps["Launch"]: {"deadline": "2031-03-04T10:00:00Z"}})
    told = {title: why(ada, task["id"])["deadline"] for title, task in tasks_by_title(ada, process).items()}
    assert {title: (one["reasons"][0]["kind"], one["because"]) for title, one in told.items()} == {
        "Step": ("step", "The step says so: 2 days after the launch."),
        "Default": ("default", "The organization's 5 days from the launch count, since the step gives none."),
        "Launch": ("launch", "It was given at launch: Tue 4 Mar 2031, 10:00."),
    }
    assert told["Launch"]["deadline_source"] == "hand"


def test_a_held_deadline_tells_what_it_waits_for_and_then_what_it_followed(ada: Client) -> None:
    template = make_template(ada, "First", "Second")
    first, second = template["steps"]
    body = {
        "title": "Second",
        "deadline": {"value": 3, "unit": "days", "option": "from", "step": first["id"]},
    }
    ada.data("PUT", f"/checklists/{template['id']}/steps/{second['id']}", json=body)
    process = launched(ada, Drawn(template["id"]))
    tasks = tasks_by_title(ada, process)
    held = why(ada, tasks["Second"]["id"])["deadline"]
    assert (held["deadline"], held["because"]) == (
        None,
        "It has no date at first: it counts 3 days after “First”.",
    )
    assert held["waits_for"] == {
        "step_id": first["id"], "task_id": tasks["First"]["id"], "title": "First",
        "sentence": "It is due 3 days after “First”, once that is completed.",
    }  # fmt: skip
    ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": tasks["First"]["id"]})
    due = why(ada, tasks["Second"]["id"])["deadline"]
    assert (due["reasons"][-1]["kind"], due["waits_for"]) == ("anchor", None)
    assert due["because"].startswith(
        "It follows “First”, which was completed: 3 days after “First”. That makes "
    )


def test_a_deadline_that_a_hand_a_rule_or_a_reopening_set_is_told(ada: Client, stan: Client) -> None:
    template = make_template(ada, "First", "Second")
    first, second = template["steps"]
    field = add_field(ada, template, first, label="deadline")  # a field may be called like that
    later = {"action_type": "deadline", "action_verb": "deadline", "target_step_id": second["id"],
             "deadline": {"value": 1, "unit": "weeks", "option": "from"}}  # fmt: skip
    add_rule(ada, template, [when(first)], [later], automated_alias="A week more")
    process = launched(ada, Drawn(template["id"]))
    tasks = tasks_by_title(ada, process)
    path = f"/runs/{process['id']}/tasks"
    stan.data("PUT", f"{path}/{tasks['Second']['id']}", json={"deadline": "2031-03-04T10:00:00Z"})
    stan.data("PUT", f"{path}/{tasks['First']['id']}", json={"taskdata": {field["id"]: "soon"}})
    ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": tasks["First"]["id"]})
    due = why(ada, tasks["Second"]["id"])["deadline"]
    assert sentences(due) == [
        "The organization's 5 days from the launch count, since the step gives none.",
        "Stan Acme set its deadline to Tue 4 Mar 2031, 10:00.",
        "The rule “A week more” set its deadline to Tue 11 Mar 2031, 10:00, because the step “First” is completed.",
    ]
    again = {"deadline": "2032-01-05T10:00:00Z"}
    stan.request("DELETE", f"/runs/{process['id']}/completed-tasks/{tasks['First']['id']}", json=again)
    due = why(ada, tasks["First"]["id"])["deadline"]
    assert due["because"] == "Stan Acme reopened it, due Mon 5 Jan 2032, 10:00."
    assert due["reasons"][-1]["kind"] == "reopened"
    assert due["reasons"][-1]["by"]["name"] == "Stan Acme"


def test_a_deadline_of_the_launch_is_not_that_of_a_reopening(ada: Client, gold: Drawn) -> None:
    given = {gold.steps["First"]: {"deadline": "2031-03-04T10:00:00Z"}}
    process = launched(ada, gold, tasks=given)
    task = tasks_by_title(ada, process)["First"]["id"]
    ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": task})
    ada.request("DELETE", f"/runs/{process['id']}/completed-tasks/{task}")
    assert why(ada, task)["deadline"]["because"] == "It was given at launch: Tue 4 Mar 2031, 10:00."


def test_a_one_off_task_is_explained_as_well(ada: Client, stan: Client, liv: Client) -> None:
    body = {"title": "Call", "owners": {"users": [stan.user_id]}, "deadline": "2031-03-04T10:00:00Z"}
    task = ada.data("POST", "/tasks", 201, json=body)
    found = why(ada, task["id"])
    assert (found["run_id"], found["step_id"], found["visibility"]["because"]) == (
        None,
        None,
        "Ada Acme created it.",
    )
    assert found["people"]["because"] == "Ada Acme created it for Stan Acme."
    assert found["deadline"]["because"] == "Ada Acme created it due Tue 4 Mar 2031, 10:00."
    ada.request("DELETE", f"/tasks/{task['id']}")
    assert liv.get(f"/tasks/{task['id']}/why").status_code == 403
    assert why(stan, task["id"])["people"]["reasons"][0]["kind"] == "created"


def test_nothing_is_told_of_a_task_that_the_caller_may_not_see(
    database: str, ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    template = make_template(ada, "Secret", "Second", "Third")
    secret, second, third = template["steps"]
    number = add_field(ada, template, secret, label="Salary")
    path = f"/checklists/{template['id']}/steps"
    ada.data(
        "PUT",
        f"{path}/{secret['id']}",
        json={"title": "Secret", "top_secret": True, "assignees": [ada.user_id]},
    )
    after = {"value": 1, "unit": "days", "option": "from", "step": secret["id"]}
    ada.data("PUT", f"{path}/{third['id']}", json={"title": "Third", "deadline": after})
    add_rule(
        ada,
        template,
        [when(number, "Capture", "greater_than", statement="5")],
        [show(second)],
        automated_alias="R",
    )
    process = launched(ada, Drawn(template["id"]))
    tasks = all_tasks(ada, process)
    awaited = why(stan, tasks["Third"]["id"])["deadline"]
    assert (awaited["waits_for"]["title"], "Secret" in str(awaited)) == (None, False)
    data = {"taskdata": {number["id"]: "777.25"}}
    ada.data("PUT", f"/runs/{process['id']}/tasks/{tasks['Secret']['id']}", json=data)
    ada.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": tasks["Secret"]["id"]})
    theirs, ours = (why(one, tasks["Second"]["id"]) for one in (stan, ada))
    assert "777.25" in str(ours)
    assert "Salary" in str(ours)
    assert not any(word in str(theirs) for word in ("777.25", "Salary", "Secret"))
    assert (
        theirs["visibility"]["because"]
        == "The rule “R” showed it, because something holds in a task that you may not see."
    )
    assert stan.get(f"/tasks/{tasks['Secret']['id']}/why").status_code == 403
    assert otto.get(f"/tasks/{tasks['Second']['id']}/why").status_code == 404
    with_ada = f"/runs/{process['id']}/tasks/{tasks['Second']['id']}/why"
    newcomer = join_as(database, ada, "light")
    with newcomer:
        assert newcomer.get(with_ada).status_code == 403
    assert liv.get(with_ada).status_code == 403
    other = launched(ada, Drawn(template["id"]))
    assert ada.get(f"/runs/{other['id']}/tasks/{tasks['Second']['id']}/why").status_code == 404
    assert ada.get(f"/tasks/{'0' * 32}/why").status_code == 404
