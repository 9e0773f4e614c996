"""Launching with kick-off answers: every type, every lenient form, what is required, defaults."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.schemas import ProcessShape
from tests.api.drawn import Drawn, asks, draw, launched, reasons, step, tasks_by_title
from tests.conftest import Client, House
from tests.shapes import shaped

KINDS = (
    "text",
    "textarea",
    "email",
    "date",
    "radio",
    "dropdown",
    "multiselect",
    "table",
    "assignees_form",
    "file",
)
GOLD = {"id": 2, "text": "Gold", "value": None}
CHOSEN = {**GOLD, "required": False, "selected": True}


@pytest.fixture(scope="module")
def optional(database: str, house: House) -> Drawn:
    return draw(database, house.ada, step("Only"), kickoff=[asks(kind, kind) for kind in KINDS])


@pytest.fixture(scope="module")
def required(database: str, house: House) -> Drawn:
    return draw(
        database, house.ada, step("Only"), kickoff=[asks(kind, kind, required=True) for kind in KINDS]
    )


def test_a_launch_answers_201_with_every_key(ada: Client, optional: Drawn) -> None:
    process = shaped(ProcessShape, launched(ada, optional, name="Hire: R. Okafor"))
    assert process["progress"] == {"complete": 0, "total": 1, "percent": 0}
    assert (process["status"], process["owner_id"], process["started_by"]) == (
        "active",
        ada.user_id,
        ada.user_id,
    )
    assert (process["prerun"], process["prerun_length"], process["assign_someone_else"]) == (
        {},
        len(KINDS),
        True,
    )
    assert process["started_at"] == process["created_at"]


@pytest.mark.rule("T-055", "T-078", "T-081")
@pytest.mark.parametrize(
    ("kind", "sent", "stored"),
    [
        ("text", "Remote", "Remote"),
        ("text", 0, "0"),
        ("text", False, "false"),
        ("textarea", "Two\nlines", "Two\nlines"),
        ("email", " kim@acme.example ", "kim@acme.example"),
        ("date", "2026-06-10T22:00:00-05:00", "2026-06-10"),
        ("date", "2026-06-10 08:00:00", "2026-06-10"),
        ("radio", "BASIC", "Basic"),
        ("dropdown", {"id": "2", "text": "Gold", "value": None}, GOLD),
        ("dropdown", "gold", GOLD),
        ("multiselect", [{"id": 2, "text": "Gold", "value": None, "selected": True}], [CHOSEN]),
        ("multiselect", ["gold"], [CHOSEN]),
        ("table", ["Chair", None], ["Chair", None]),
        ("table", [["Chair", "Desk"], ["20"]], [["Chair", "Desk"], ["20", None]]),
        ("file", [{"id": "12", "filename": "a.pdf"}], [{"id": "12", "filename": "a.pdf"}]),
    ],
)
def test_an_answer_of_every_type_is_stored(
    ada: Client, optional: Drawn, kind: str, sent: Any, stored: Any
) -> None:
    field = optional.fields[kind]
    process = launched(ada, optional, prerun={field: sent})
    assert process["prerun"] == {field: stored}
    assert ada.data("GET", f"/runs/{process['id']}")["prerun"] == {field: stored}


@pytest.mark.rule("T-082")
def test_unknown_keys_are_dropped_silently(ada: Client, optional: Drawn) -> None:
    field = optional.fields["text"]
    process = launched(ada, optional, prerun={field: "a", "0" * 32: "x", "nothing": {"value": 1}})
    assert process["prerun"] == {field: "a"}


def test_keys_may_be_hyphenated_upper_case_or_older_names(ada: Client, optional: Drawn) -> None:
    field = optional.fields["text"]
    hyphenated = f"{field[:8]}-{field[8:12]}-{field[12:16]}-{field[16:20]}-{field[20:]}".upper()
    assert launched(ada, optional, prerun={hyphenated: "a"})["prerun"] == {field: "a"}
    assert launched(ada, optional, prerun_data={field: "a"})["prerun"] == {field: "a"}


@pytest.mark.rule("P-051")
@pytest.mark.parametrize(
    "shape",
    [
        lambda f: [{f: "a"}],
        lambda f: [{"id": f, "value": "a"}],
        lambda f: [{"timeline_id": f, "value": "a"}],
        lambda f: [{"field_id": f, "value": "a"}],
    ],
)
def test_lists_of_answers_are_folded(ada: Client, optional: Drawn, shape: Any) -> None:
    field = optional.fields["text"]
    assert launched(ada, optional, prerun=shape(field))["prerun"] == {field: "a"}


@pytest.mark.parametrize("nothing", [[], {}, None])
def test_an_empty_prerun_is_none(ada: Client, optional: Drawn, nothing: Any) -> None:
    assert launched(ada, optional, prerun=nothing)["prerun"] == {}


@pytest.mark.parametrize("wrong", ["text", 7, True, ["text"], [{"a": 1, "b": 2}]])
def test_a_prerun_of_another_kind_is_refused(ada: Client, optional: Drawn, wrong: Any) -> None:
    assert list(reasons(ada, "POST", "/runs", json={"checklist_id": optional.id, "prerun": wrong})) == [
        "prerun"
    ]


@pytest.mark.rule("T-056", "P-051")
def test_every_missing_required_answer_is_named_at_once(ada: Client, required: Drawn) -> None:
    wrong = reasons(ada, "POST", "/runs", json={"checklist_id": required.id})
    assert wrong == {f"prerun.{required.fields[kind]}": [f"{kind} is required"] for kind in KINDS}


@pytest.mark.rule("T-056", "T-079")
@pytest.mark.parametrize(
    ("kind", "blank"),
    [
        ("text", "   "),
        ("text", ""),
        ("text", None),
        ("textarea", ""),
        ("email", None),
        ("date", []),
        ("radio", {}),
        ("dropdown", False),
        ("multiselect", [{"id": 1, "text": "Basic"}]),
        ("multiselect", []),
        ("table", ["", None]),
        ("assignees_form", {"users": [], "guests": [], "groups": []}),
        ("file", []),
    ],
)
def test_a_blank_is_no_answer_to_a_required_field(
    ada: Client, required: Drawn, kind: str, blank: Any
) -> None:
    field = required.fields[kind]
    wrong = reasons(ada, "POST", "/runs", json={"checklist_id": required.id, "prerun": {field: blank}})
    assert wrong[f"prerun.{field}"] == [f"{kind} is required"]


@pytest.mark.rule("T-101")
def test_wrong_answers_steps_people_and_tags_are_named_together(ada: Client, required: Drawn) -> None:
    body = {
        "checklist_id": required.id,
        "prerun": {required.fields["email"]: "nobody"},
        "owner_id": 10**12,
        "users": [10**12],
        "tags": ["0" * 32],
        "folders": ["1" * 32],
        "parent_id": "2" * 32,
        "tasks": {"no-step": {}},
        "roles": {"3" * 32: {"users": [10**12]}, "x": {}},
    }
    wrong = reasons(ada, "POST", "/runs", json=body)
    expected = {f"prerun.{field}" for field in required.fields.values()} | {
        "owner_id",
        "users",
        "tags",
        "folders",
        "parent_id",
        "tasks.no-step",
        f"roles.{'3' * 32}",
        f"roles.{'3' * 32}.users",
        "roles.x",
    }
    assert set(wrong) == expected


@pytest.mark.rule("T-056")
def test_a_default_stands_in_for_a_missing_key_only(database: str, ada: Client) -> None:
    template = draw(
        database,
        ada,
        step("Only"),
        kickoff=[
            asks("Office", required=True, default_value="Berlin", default_value_enabled=True),
            asks("Plan", "dropdown", default_value={"id": 1, "text": "Basic"}, default_value_enabled=True),
            asks("Off", default_value="never", default_value_enabled=False),
        ],
    )
    office, plan, off = (template.fields[name] for name in ("Office", "Plan", "Off"))
    assert launched(ada, template)["prerun"] == {
        office: "Berlin",
        plan: {"id": 1, "text": "Basic", "value": None},
    }
    assert launched(ada, template, prerun={office: "Rome", off: "x"})["prerun"][office] == "Rome"
    wrong = reasons(ada, "POST", "/runs", json={"checklist_id": template.id, "prerun": {office: ""}})
    assert wrong == {f"prerun.{office}": ["Office is required"]}


@pytest.mark.rule("P-052")
def test_the_form_is_complete_at_once(database: str, ada: Client, optional: Drawn) -> None:
    process = launched(ada, optional)
    assert (process["prerun_status"], process["prerun_completed_by"]) == ("complete", ada.user_id)
    assert process["prerun_completed_at"] == process["created_at"]
    assert process["prerun_submitted_by"] is None
    without = launched(ada, draw(database, ada, step("Only")))
    assert (without["prerun_status"], without["prerun_completed_at"], without["prerun_length"]) == (
        "complete",
        None,
        0,
    )


@pytest.mark.rule("P-058")
def test_the_answers_leave_the_template_alone(ada: Client, optional: Drawn) -> None:
    before = ada.data("GET", f"/checklists/{optional.id}")["prerun"]
    launched(ada, optional, prerun={optional.fields["text"]: "changed"})
    assert ada.data("GET", f"/checklists/{optional.id}")["prerun"] == before


@pytest.mark.rule("T-076")
def test_defaults_of_a_step_are_answers_from_the_start(database: str, ada: Client) -> None:
    template = draw(
        database, ada, step("Call", asks("Result", default_value="open", default_value_enabled=True))
    )
    task = tasks_by_title(ada, launched(ada, template))["Call"]
    assert task["taskdata"] == {template.fields["Result"]: "open"}
