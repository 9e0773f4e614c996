"""The kick-off form as a whole, sent with its template as `prerun`."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.templates.schemas import FieldShape
from tests.api.templating import Json, add_rule, launched, make_template, read, show, when, wrong
from tests.conftest import Client
from tests.shapes import shaped


def field(label: str, **more: Any) -> Json:
    return {"label": label, "field_type": "text", "required": False, **more}


def put(client: Client, template: Json, prerun: Any) -> Any:
    body = {"title": template["title"], "prerun": prerun}
    return client.data("PUT", f"/checklists/{template['id']}", json=body)["prerun"]


def labels(prerun: list[Json]) -> list[str]:
    assert [one["position"] for one in prerun] == list(range(1, len(prerun) + 1))
    return [one["label"] for one in prerun]


@pytest.mark.rule("T-053", "T-054", "T-068")
def test_a_template_is_made_with_its_form(ada: Client) -> None:
    foreign = make_template(ada, prerun=[field("Elsewhere")])["prerun"][0]
    sent = [field("Plan", field_type="radio", options=["A", "B"]), {**foreign, "label": "Copied"}]
    template = make_template(ada, prerun=sent)
    plan, copied = template["prerun"]
    assert shaped(FieldShape, plan)["options"] == [
        {"id": 1, "text": "A", "value": None},
        {"id": 2, "text": "B", "value": None},
    ]
    assert (plan["step_id"], plan["checklist_id"]) == (None, template["id"])
    assert copied["id"] != foreign["id"]
    assert copied["alias"] != foreign["alias"]
    assert read(ada, template)["prerun"] == template["prerun"]


def test_the_old_object_of_fields_is_a_form_too(ada: Client) -> None:
    entries = {
        "tmp2": {"name": "Second", "field_type": "text", "required": True, "alias": "x"},
        "tmp1": {"label": "First", "field_type": "text", "required": False},
    }
    assert labels(make_template(ada, prerun=entries)["prerun"]) == ["Second", "First"]


@pytest.mark.rule("T-054", "T-065")
def test_every_wrong_entry_is_named_and_nothing_is_made(ada: Client) -> None:
    body = {"title": "Odd name 4711", "type": "procedure",
            "prerun": [{"label": "A"}, field("B", field_type="radio"), 5, field("C")]}  # fmt: skip
    assert set(wrong(ada.post("/checklists", json=body))) == {
        "prerun.0.field_type", "prerun.0.required", "prerun.1.options", "prerun.2",
    }  # fmt: skip
    assert ada.data("GET", "/checklists?q=4711") == []


@pytest.mark.rule("T-054")
def test_the_array_is_the_new_form(ada: Client) -> None:
    template = make_template(ada, prerun=[field("A", guidance="Here"), field("B"), field("C")])
    a, b, c = template["prerun"]
    after = put(ada, template, [{"id": c["id"]}, field("New"), {"alias": a["alias"], "label": "A2"}])
    assert labels(after) == ["C", "New", "A2"]
    assert (after[0]["id"], after[2]["id"]) == (c["id"], a["id"])
    assert (after[2]["alias"], after[2]["guidance"]) == (a["alias"], "Here")
    assert b["id"] not in [one["id"] for one in after]
    assert put(ada, template, after) == read(ada, template)["prerun"]


@pytest.mark.rule("T-054")
def test_an_absent_array_changes_nothing_and_an_empty_one_empties(ada: Client) -> None:
    template = make_template(ada, prerun=[field("A")])
    path = f"/checklists/{template['id']}"
    assert ada.data("PUT", path, json={"title": "B"})["prerun"] == template["prerun"]
    assert ada.data("PUT", path, json={"title": "B", "prerun": []})["prerun"] == []
    assert len(put(ada, template, [field("A")])) == 1
    assert ada.data("PATCH", path, json={"prerun": None})["prerun"] == []


@pytest.mark.rule("T-054")
def test_positions_sort_the_form(ada: Client) -> None:
    template = make_template(ada, prerun=[field("A", position=3), field("B"), field("C", position=1)])
    assert labels(template["prerun"]) == ["C", "B", "A"]
    first, second, third = template["prerun"]
    after = put(
        ada, template, [{**first, "position": 9}, {**second, "position": 2}, {**third, "position": 2}]
    )
    assert labels(after) == ["B", "A", "C"]


@pytest.mark.rule("T-054", "T-045")
def test_a_field_that_a_rule_uses_cannot_be_left_out(ada: Client) -> None:
    template = make_template(ada, "One", prerun=[field("A"), field("B")])
    a, b = template["prerun"]
    rule = add_rule(ada, template, [when(a, "Prerun", "equals", statement="x")], [show(template["steps"][0])])
    body = {"title": "Changed", "prerun": [{"id": b["id"], "label": "B2"}, field("New")]}
    answer = ada.put(f"/checklists/{template['id']}", json=body)
    assert answer.status_code == 403
    assert answer.json()["message"] == (
        "Cannot delete a form field that is being used in a rule in other steps."
    )
    assert answer.json()["rules"] == [{"id": rule["id"], "title": "A rule"}]
    unchanged = read(ada, template)
    assert unchanged["title"] == template["title"]
    assert unchanged["prerun"] == template["prerun"]
    path = f"/checklists/{template['id']}/preruns/{a['id']}"
    assert ada.delete(path).status_code == 403


def test_files_come_with_the_form(ada: Client) -> None:
    files = [{"id": "a1", "filename": "terms.pdf", "url": "https://a.example/terms.pdf", "source": "url"}]
    template = make_template(ada, prerun=[field("Terms", field_type="file")])
    (terms,) = template["prerun"]
    (after,) = put(ada, template, [{"id": terms["id"], "value": files}])
    assert after["default_value"] == files
    body = {"title": "A", "prerun": [{"id": terms["id"], "value": "terms.pdf"}]}
    assert set(wrong(ada.put(f"/checklists/{template['id']}", json=body))) == {"prerun.0.value"}


@pytest.mark.rule("T-055")
def test_answers_are_given_by_field_id(ada: Client) -> None:
    template = make_template(ada, prerun=[field("Plan"), field("Note")])
    plan, note = template["prerun"]
    process = launched(ada, template, prerun={plan["id"]: "Gold", "f" * 32: "dropped"})
    assert "Gold" in str(process)
    assert "dropped" not in str(process)
    assert note["id"] not in (process["prerun"] if isinstance(process["prerun"], dict) else {})
