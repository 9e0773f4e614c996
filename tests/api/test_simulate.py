"""Playing a template through: who would have what to do when, and which rules would fire why."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.explaining.schemas import (
    FollowingShape,
    MomentShape,
    PlaceShape,
    SeenConditionShape,
    SimulatedEffectShape,
    SimulatedEventShape,
    SimulatedOwnersShape,
    SimulatedPerson,
    SimulatedRuleShape,
    SimulatedTaskShape,
    SimulationShape,
)
from stepwell.processes.schemas import ProgressShape
from tests.api.drawn import Drawn, asks, draw, shows, step, tasks_by_title
from tests.api.made import Maker, errors_of
from tests.api.templating import add_field, add_rule, make_template, show, when
from tests.api.test_template_permissions import set_grants
from tests.conftest import Client
from tests.shapes import shaped

AT = "2026-06-10T12:00:00Z"
Json = dict[str, Any]


def simulate(client: Client, template: str, *completions: Json, **more: Any) -> list[Json]:
    """The moments, every key of them checked."""
    body = {"at": AT, "completions": list(completions), **more}
    found = shaped(SimulationShape, client.data("POST", f"/checklists/{template}/simulate", json=body))
    for moment in found["moments"]:
        shaped(MomentShape, moment)
        shaped(ProgressShape, moment["progress"])
        event = shaped(SimulatedEventShape, moment["event"])
        for person in (event["by"], *(task["completed_by"] for task in moment["tasks"])):
            assert person is None or shaped(SimulatedPerson, person)
        for place in (event["step"], *(task["waits_for"] for task in moment["tasks"])):
            assert place is None or shaped(PlaceShape, place)
        for task in moment["tasks"]:
            shaped(SimulatedOwnersShape, shaped(SimulatedTaskShape, task)["owners"])
        for rule in moment["automated_actions"]:
            for condition in shaped(SimulatedRuleShape, rule)["conditions"]:
                shaped(SeenConditionShape, condition)
        for effect in moment["effects"]:
            shaped(SimulatedEffectShape, effect)
        for following in moment["launches"]:
            shaped(FollowingShape, following)
    moments: list[Json] = found["moments"]
    return moments


def by_title(moment: Json) -> dict[str, Json]:
    return {task["title"]: task for task in moment["tasks"]}


def visible(moment: Json) -> list[str]:
    return [task["title"] for task in moment["tasks"] if task["visible"]]


@pytest.fixture
def intake(database: str, ada: Client, stan: Client) -> Drawn:
    """A kick-off answer shows the second step."""
    return draw(
        database, ada, step("First", asks("Note"), assignees=[stan.user_id]), step("Second"),
        kickoff=[asks("Plan", "dropdown")], rules=[shows("Second", "Plan", "Gold")],
    )  # fmt: skip


@pytest.mark.rule("T-039")
def test_a_template_is_played_through(ada: Client, stan: Client, intake: Drawn) -> None:
    launch, done = simulate(
        ada, intake.id, {"step": intake.aliases["First"], "values": {intake.fields["Note"]: "fine"}},
        prerun={intake.fields["Plan"]: "Gold"},
    )  # fmt: skip
    assert (launch["event"]["type"], launch["at"], launch["status"]) == ("launched", AT, "active")
    assert launch["progress"] == {"complete": 0, "total": 2, "percent": 0}
    assert visible(launch) == ["First", "Second"]
    first, second = launch["tasks"]
    assert (first["owners"]["users"], first["deadline"]) == ([stan.user_id], "2026-06-15T12:00:00Z")
    assert second["owners"]["users"] == [ada.user_id]
    (rule,) = launch["automated_actions"]
    assert (rule["alias"], rule["fired"]) == ("show Second", True)
    (condition,) = rule["conditions"]
    assert (condition["field_label"], condition["value"]["text"], condition["isMet"]) == (
        "Plan",
        "Gold",
        True,
    )
    assert [one["rule"] for one in launch["effects"] if one["field"] == "visibility"] == ["show Second"]
    assert (done["event"]["type"], done["event"]["completion"]) == ("completed", 0)
    assert done["event"]["step"]["label"] == "First"
    assert done["event"]["by"] == {"user_id": stan.user_id, "guest": None}
    assert [task["changed"] for task in done["tasks"]] == [True, False]
    assert done["tasks"][0]["status"] == "completed"
    assert done["tasks"][0]["taskdata"] == {intake.fields["Note"]: "fine"}
    assert done["tasks"][0]["completed_by"] == {"user_id": stan.user_id, "guest": None}
    assert done["progress"] == {"complete": 1, "total": 2, "percent": 50}


@pytest.mark.rule("T-039")
def test_a_rule_that_does_not_fire_says_why(ada: Client, intake: Drawn) -> None:
    (launch,) = simulate(ada, intake.id, prerun={intake.fields["Plan"]: "Basic"})
    assert visible(launch) == ["First"]
    (rule,) = launch["automated_actions"]
    assert rule["fired"] is False
    assert [(one["isMet"], one["value"]["text"], one["statement"]) for one in rule["conditions"]] == [
        (False, "Basic", "Gold")
    ]
    assert by_title(launch)["Second"]["status"] == "auto-skipped"


@pytest.mark.rule("T-039")
def test_nothing_is_stored_and_nothing_is_sent(database: str, ada: Client, intake: Drawn) -> None:
    with Maker(database, ada) as make:

        def stored() -> list[Any]:
            return [
                make.rows(f"SELECT count(*) FROM {table} WHERE {key} = %s", intake.id)
                for table, key in (("processes", "template_id"), ("template_versions", "template_id"),
                                   ("tasks", "template_id"), ("events", "subject_id"))
            ]  # fmt: skip

        before = stored()
        simulate(ada, intake.id, {"step": intake.steps["First"]})
        assert stored() == before


@pytest.mark.rule("T-039")
def test_it_goes_as_it_really_goes(ada: Client, stan: Client) -> None:
    template = make_template(ada, "Ask", "Decide", "Pay")
    ask, decide, pay = template["steps"]
    answer = add_field(ada, template, ask, label="Sum")
    add_rule(ada, template, [when(answer, "Capture", "greater_than", statement="10")], [show(decide)])
    deadline = {"value": 3, "unit": "days", "option": "from", "step": ask["id"]}
    ada.data(
        "PUT", f"/checklists/{template['id']}/steps/{pay['id']}", json={"title": "Pay", "deadline": deadline}
    )
    process = ada.data("POST", "/runs", 201, json={"checklist_id": template["id"], "name": "Acme"})
    tasks = tasks_by_title(ada, process)
    stan.data(
        "PUT", f"/runs/{process['id']}/tasks/{tasks['Ask']['id']}", json={"taskdata": {answer["id"]: "12"}}
    )
    stan.data("POST", f"/runs/{process['id']}/completed-tasks", json={"task_id": tasks["Ask"]["id"]})
    really = tasks_by_title(ada, process)
    entry = {"step": ask["id"], "values": {answer["alias"]: "12"}, "by": stan.user_id}
    launch, done = simulate(ada, template["id"], entry)
    assert by_title(launch)["Pay"]["waits_for"]["label"] == "Ask"
    played = by_title(done)
    assert visible(done) == list(really)
    assert by_title(done)["Pay"]["waits_for"] is None
    for title, task in really.items():
        assert played[title]["status"] == task["status"]
        assert played[title]["owners"]["users"] == task["owners"]["users"]
    assert (played["Ask"]["completed_by"] or {})["user_id"] == really["Ask"]["completer_id"] == stan.user_id
    assert played["Pay"]["deadline"] == "2026-06-13T12:00:00Z"


@pytest.mark.rule("T-039", "T-088")
def test_time_passes_and_ends_what_expires(database: str, ada: Client) -> None:
    due = {"value": 1, "unit": "days", "option": "from", "step": "start_run"}
    drawn = draw(database, ada, step("Work"), step("Wait", step_type="expiring", deadline=due))
    moments = simulate(ada, drawn.id, {"step": drawn.steps["Work"], "at": "2026-06-12T08:00:00Z"})
    assert [(one["event"]["type"], one["at"]) for one in moments] == [
        ("launched", AT), ("expired", "2026-06-11T12:00:00Z"), ("completed", "2026-06-12T08:00:00Z"),
    ]  # fmt: skip
    assert (moments[1]["event"]["by"], moments[1]["event"]["completion"]) == (None, None)
    assert by_title(moments[1])["Wait"]["status_label"] == "expired"
    assert moments[2]["status"] == "complete"
    assert len(simulate(ada, drawn.id, until="2026-06-12T08:00:00Z")) == 2


def test_reopening_answering_and_expiring_can_be_played_too(database: str, ada: Client) -> None:
    drawn = draw(database, ada, step("Work", asks("Note")), step("Wait", step_type="expiring"))
    work = drawn.steps["Work"]
    moments = simulate(
        ada, drawn.id, {"step_id": work, "action": "answer", "taskdata": {drawn.fields["Note"]: "x"}},
        {"step": work}, {"step": work, "action": "reopen", "deadline": "2026-07-01"},
        {"step": drawn.steps["Wait"], "action": "expire"},
    )  # fmt: skip
    assert [one["event"]["type"] for one in moments[1:]] == ["answered", "completed", "reopened", "expired"]
    assert by_title(moments[3])["Work"]["status"] == "in-progress"
    assert by_title(moments[3])["Work"]["deadline"][:10] == "2026-07-01"


def test_only_what_changes_can_be_asked_for(ada: Client, intake: Drawn) -> None:
    launch, done = simulate(ada, intake.id, {"step": intake.steps["First"]}, detail="changes")
    assert [task["title"] for task in launch["tasks"]] == ["First", "Second"]
    assert [task["title"] for task in done["tasks"]] == ["First"]


def test_an_older_version_can_be_played(ada: Client, intake: Drawn) -> None:
    process = ada.data("POST", "/runs", 201, json={"checklist_id": intake.id, "name": "Acme"})
    ada.data("POST", f"/checklists/{intake.id}/steps", 201, json={"title": "Third"})
    assert len(simulate(ada, intake.id)[0]["tasks"]) == 3
    for version in 1, "1", process["checklist_version_id"]:
        assert len(simulate(ada, intake.id, version=version)[0]["tasks"]) == 2
    path = f"/checklists/{intake.id}/simulate"
    assert errors_of(ada, "POST", path, json={"version": 9}) == {
        "version": ["This template has no such version."]
    }


def test_a_template_that_would_follow_is_named(database: str, ada: Client) -> None:
    other = draw(database, ada, step("A"), title="Next")
    follow = {"id": other.id, "tasks_within_process": False, "default_name_format": None}
    drawn = draw(database, ada, step("Work", bp_to_launch=follow))
    _, done = simulate(ada, drawn.id, {"step": drawn.steps["Work"]})
    ((following),) = done["launches"]
    assert (following["step"]["label"], following["checklist_id"]) == ("Work", other.id)
    assert following["tasks_within_process"] is False


def test_people_of_the_launch_are_taken_as_at_a_launch(
    database: str, ada: Client, stan: Client, liv: Client
) -> None:
    drawn = draw(database, ada, step("Work"), step("Left out"), step("Sign"))
    overrides = {
        drawn.steps["Left out"]: {"removed": True},
        drawn.aliases["Sign"]: {"owners": {"users": [liv.user_id]}, "deadline": "2026-08-01"},
    }  # fmt: skip
    (launch,) = simulate(ada, drawn.id, user_id=stan.user_id, tasks=overrides)
    tasks = by_title(launch)
    assert list(tasks) == ["Work", "Sign"]
    assert (tasks["Work"]["owners"]["users"], tasks["Sign"]["owners"]["users"]) == (
        [stan.user_id],
        [liv.user_id],
    )
    assert (tasks["Sign"]["deadline"][:10], tasks["Sign"]["deadline_source"]) == ("2026-08-01", "hand")


def test_each_wrong_entry_is_named(database: str, ada: Client, otto: Client) -> None:
    drawn = draw(
        database, ada, step("Work", asks("Note", required=True)), step("Other"),
        kickoff=[asks("Plan", "dropdown", required=True)],
    )  # fmt: skip
    path = f"/checklists/{drawn.id}/simulate"
    work = {"step": drawn.steps["Work"]}
    wrong = {
        "prerun": {"gone": 1}, "user_id": otto.user_id, "tasks": {"nothing": {"removed": True}},
        "completions": [{"step": "nowhere"}, {**work, "values": {"gone": 1}, "by": otto.user_id}],
    }  # fmt: skip
    assert errors_of(ada, "POST", path, json=wrong) == {
        "user_id": ["The selected user id is invalid."],
        "tasks.nothing": ["This is not a step of the template."],
        "prerun.gone": ["This is not a field of the kick-off form."],
        "completions.0.step": ["This is not a step of the template."],
        "completions.1.values.gone": ["This is not a field of the step."],
        "completions.1.by": ["The selected by is invalid."],
    }
    plan, note = drawn.fields["Plan"], drawn.fields["Note"]
    assert errors_of(ada, "POST", path, json={}) == {f"prerun.{plan}": ["Plan is required"]}
    ready = {"prerun": {plan: "Gold"}}
    assert errors_of(ada, "POST", path, json={**ready, "completions": [work]}) == {
        f"completions.0.values.{note}": ["Note is required"]
    }
    twice = [{"step": drawn.steps["Other"]}] * 2
    assert errors_of(ada, "POST", path, json={**ready, "completions": twice}) == {
        "completions.1": ["This task is already completed."]
    }
    backwards = {
        **ready,
        "at": AT,
        "completions": [{"step": drawn.steps["Other"], "at": "2026-06-09T12:00:00Z"}],
    }
    assert list(errors_of(ada, "POST", path, json=backwards)) == ["completions.0.at"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"completions": [{}]}, {"completions.0.step"}),
        ({"completions": [{"step": "a"}] * 501}, {"completions"}),
        ({"completions": "x", "detail": "some", "at": "soon"}, {"completions", "detail", "at"}),
        ({"completions": [{"step": "a", "action": "dance", "by": "x", "is_approved": "maybe"}]},
         {"completions.0.action", "completions.0.by", "completions.0.is_approved"}),
        ({"completions": [5], "prerun": 5, "tasks": 5}, {"completions.0", "prerun", "tasks"}),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named(ada: Client, intake: Drawn, body: Json, fields: set[str]) -> None:
    assert set(errors_of(ada, "POST", f"/checklists/{intake.id}/simulate", json=body)) == fields


@pytest.mark.rule("P-301", "P-303")
def test_only_who_might_really_do_it_does_it(database: str, ada: Client, stan: Client, liv: Client) -> None:
    drawn = draw(
        database, ada, step("Free", assignees=[ada.user_id]),
        step("Closed", assignees=[ada.user_id], can_complete_only_assignees=True),
    )  # fmt: skip
    path = f"/checklists/{drawn.id}/simulate"

    def refused(title: str, by: int | str) -> list[str]:
        answer = ada.post(path, json={"completions": [{"step": drawn.steps[title], "by": by}]})
        return list(answer.json().get("errors", []))

    assert [refused("Free", one) for one in (ada.user_id, stan.user_id)] == [[], []]
    assert refused("Free", liv.user_id) == refused("Free", "zoe@example.com") == ["completions.0.by"]
    assert refused("Closed", stan.user_id) == ["completions.0.by"]
    assert refused("Closed", ada.user_id) == []


@pytest.mark.rule("T-039")
def test_whoever_may_read_the_template_may_play_it(
    ada: Client, stan: Client, liv: Client, otto: Client, intake: Drawn
) -> None:
    path = f"/checklists/{intake.id}/simulate"
    set_grants(ada, {"id": intake.id}, CHECKLIST_READ={"users": [liv.user_id]})
    assert [client.post(path).status_code for client in (ada, liv, stan, otto)] == [200, 200, 404, 404]
    assert stan.post(path, json={"completions": 5}).status_code == 404
    ada.delete(f"/checklists/{intake.id}")
    assert ada.post(path).status_code == 404


def test_too_long_a_play_is_told_by_its_changes(database: str, ada: Client) -> None:
    drawn = draw(database, ada, *(step(f"S{number}") for number in range(60)))
    one = drawn.steps["S0"]
    entries = [{"step": one, "action": ("complete", "reopen")[number % 2]} for number in range(400)]
    path = f"/checklists/{drawn.id}/simulate"
    (message,) = errors_of(ada, "POST", path, json={"completions": entries})["completions"]
    assert message.startswith("More than 20000 tasks would be listed.")
    assert len(simulate(ada, drawn.id, *entries, detail="changes")) == 401
