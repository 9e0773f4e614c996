"""Where variables are read, where they stay text, and what they are bound to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import asks, draw, launched, reasons, step, tasks_by_title
from tests.api.templating import (
    add_field,
    add_rule,
    add_step,
    fields_path,
    make_template,
    show,
    steps_path,
    when,
)
from tests.conftest import Client


@pytest.mark.rule("T-174")
def test_a_variable_stays_bound_when_its_field_is_renamed_moved_or_copied(ada: Client) -> None:
    template = make_template(ada, "Ask", "Other")
    ask, other = template["steps"]
    field = add_field(ada, template, ask, label="Phone")
    token = f"{{{{{field['alias']}}}}}"
    add_step(ada, template, title=f"Call {token}", summary=f'<p><a href="tel:{token}">{token}</a></p>')
    path = f"{fields_path(template, ask)}/{field['id']}"
    assert ada.data("PUT", path, json={"label": "Telephone"})["alias"] == field["alias"]
    moved = ada.data("PUT", f"{path}/move-out", json={"target_step_id": other["id"]})
    assert moved["alias"] == field["alias"]
    copy = ada.data("POST", f"/checklists/{template['id']}/clone", 201, json={})
    for of in (template, copy):
        steps = ada.data("GET", f"/checklists/{of['id']}/steps")
        (phone,) = next(one["captures"] for one in steps if one["title"] == "Other")
        assert (phone["id"] == field["id"]) is (of is template)
        process = ada.data("POST", "/runs", 201, json={"checklist_id": of["id"], "name": "x"})
        asked = tasks_by_title(ada, process)["Other"]
        ada.data("PUT", f"/tasks/{asked['id']}", json={"taskdata": {phone["id"]: "+1 555"}})
        call = ada.data("GET", f"/runs/{process['id']}/tasks?with=summary")[2]
        assert call["title"] == "Call +1 555"
        assert call["summary"] == '<p><a href="tel:%2B1%20555" rel="noopener noreferrer">+1 555</a></p>'


@pytest.mark.rule("T-175")
def test_where_variables_are_read_and_where_they_are_text(database: str, ada: Client) -> None:
    token = "{{client-1}}"
    template = draw(
        database, ada,
        step(f"Call {token} about {{{{later-1}}}}", asks("Note", guidance=f"<p>{token}</p>", default_value=token,
             default_value_enabled=True), summary=f"<p>{token}</p>", stage_id=f"Stage {token}"),
        step("Ask", asks("Later", alias="later-1", default_value="soon", default_value_enabled=True)),
        kickoff=[asks("Client", alias="client-1")], stages=[f"Stage {token}"], title="Intake",
        settings={"guidance": f"<p>Read {token}</p>"},
    )  # fmt: skip
    process = launched(ada, template, prerun={template.fields["Client"]: "Acme & <b>Co</b>"})
    (task, *_) = ada.data("GET", f"/runs/{process['id']}/tasks?with=summary,form_fields")
    assert task["title"] == "Call Acme & <b>Co</b> about soon"
    assert task["summary"] == "<p>Acme &amp; &lt;b&gt;Co&lt;/b&gt;</p>"
    (note,) = task["form_fields"]["data"]
    assert note["value"] == "Acme & <b>Co</b>"
    assert note["guidance"] == f"<p>{token}</p>"
    got = ada.data("GET", f"/runs/{process['id']}?with=stages,checklist")
    assert [one["name"] for one in got["stages"]["data"]] == [f"Stage {token}"]
    assert got["checklist"]["data"]["guidance"] == f"<p>Read {token}</p>"
    # The template itself is never rendered.
    shown = ada.data("GET", f"/checklists/{template.id}?with=steps")["steps"]["data"][0]
    assert (shown["title"], shown["summary"]) == (f"Call {token} about {{{{later-1}}}}", f"<p>{token}</p>")


INJECTED = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;{{TEMPLATE_NAME}}"
ESCAPED = (
    "\"'&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;lt;b&amp;gt;"
    "{{TEMPLATE_NAME}}"
)


@pytest.mark.rule("T-177", "T-179")
def test_no_answer_injects_markup_or_variables(database: str, ada: Client) -> None:
    rich = {"alias": "r-1", "use_wysiwyg_editor": True}
    form = [asks("Text", alias="t-1"), asks("Long", "textarea", alias="l-1"),
            asks("Rich", "textarea", **rich), asks("Table", "table", alias="b-1")]  # fmt: skip
    template = draw(
        database, ada,
        step("T {{t-1}}", *form, summary='<p title="x">{{t-1}}|{{l-1}}|{{r-1}}|{{b-1}}<img alt="{{r-1}}"></p>'),
    )  # fmt: skip
    process = launched(ada, template)
    (task,) = ada.data("GET", f"/runs/{process['id']}/tasks")
    answers: dict[str, Any] = {template.fields[name]: INJECTED for name in ("Text", "Long", "Rich")}
    answers[template.fields["Table"]] = [[INJECTED], [""]]
    ada.data("PUT", f"/tasks/{task['id']}", json={"taskdata": answers})
    got = ada.data("GET", f"/tasks/{task['id']}")
    assert got["title"] == f"T {INJECTED}"  # plain text, for whoever shows it to escape
    cleaned = '"\'&gt;<img src="x">&lt;b&gt;{{TEMPLATE_NAME}}'
    assert got["taskdata"][template.fields["Rich"]] == cleaned
    table = (
        "<table><thead><tr><th>Item</th><th>Price</th></tr></thead>"
        f"<tbody><tr><td>{ESCAPED}</td><td></td></tr></tbody></table>"
    )
    assert got["summary"].replace("<p></p>", "") == (
        f'<p>{ESCAPED}|{ESCAPED}|{cleaned}|</p>{table}<img alt="&quot;\'&gt;&lt;b&gt;{{{{TEMPLATE_NAME}}}}">'
    )


@pytest.mark.rule("T-051", "T-048")
@pytest.mark.parametrize("length", [61, 250])
def test_long_titles_are_taken_up_to_their_limit(ada: Client, length: int) -> None:
    template = make_template(ada, title="t" * length)
    assert template["title"] == "t" * length
    path = f"/checklists/{template['id']}"
    assert ada.data("PUT", path, json={"title": "u" * length})["title"] == "u" * length
    assert reasons(ada, "PUT", path, json={"title": "u" * 251}).keys() == {"title"}
    assert reasons(ada, "POST", "/checklists", json={"title": "u" * 251, "type": "form"}).keys() == {"title"}


TEMPLATE_BLOCK = f'<span class="insert-blueprint-tag" data-blueprint-id="{"0a" * 16}"></span>'
FIELD_BLOCK = f"<editor-form-field data-field-id=\"'{'0a' * 16}'\"></editor-form-field>"
EDITOR = (
    f'{TEMPLATE_BLOCK}{FIELD_BLOCK}<h1>a</h1><hr class="page-break"><table><tbody><tr><td>b</td></tr></tbody></table>'
    '<video src="https://x.example/a.mp4" controls=""></video>'
)


@pytest.mark.rule("T-026", "T-184", "T-185")
def test_what_the_editor_makes_is_stored_as_it_is_and_nothing_else(ada: Client, stan: Client) -> None:
    sent = f'{EDITOR}<script>x</script><p onclick="x()">y</p><a href="javascript:x">z</a>'
    kept = f'{EDITOR}<p>y</p><a rel="noopener noreferrer">z</a>'
    template = make_template(stan, "Read", summary=sent, guidance=sent, kickoff_description=sent)
    assert (template["summary"], template["guidance"], template["kickoff_description"]) == (kept, kept, kept)
    path = steps_path(template, template["steps"][0])
    assert stan.data("PATCH", path, json={"summary": sent})["summary"] == kept
    assert add_step(stan, template, title="x", summary=sent)["summary"] == kept
    assert add_field(stan, template, template["steps"][0], guidance=sent)["guidance"] == kept
    assert add_field(stan, template, guidance=sent)["guidance"] == kept
    process = ada.data(
        "POST", "/runs", 201, json={"checklist_id": template["id"], "name": "x", "summary": sent}
    )
    assert process["summary"] == kept
    (task, *_) = ada.data("GET", f"/runs/{process['id']}/tasks?with=summary")
    assert task["summary"] == kept
    said = ada.data("POST", f"/tasks/{task['id']}/comment", 201, json={"content": sent})
    assert "script" not in said["content"]
    snippet = ada.data("POST", "/text-templates", 201, json={"title": "Snippet", "content": sent})
    assert snippet["content"] == kept


@pytest.mark.rule("T-178", "T-076")
def test_a_default_that_comes_with_a_shown_task_stands_in_titles_beside_all_other_answers(
    ada: Client,
) -> None:
    template = make_template(ada, "Start", "Ask", "Later")
    start, ask, later = template["steps"]
    asked = add_field(ada, template, ask, label="Asked")
    usual = add_field(ada, template, later, label="Usual", default_value_enabled=True,
                      default_value=f"as {{{{{asked['alias']}}}}}")  # fmt: skip
    add_step(ada, template, title=f"{{{{{asked['alias']}}}}} / {{{{{usual['alias']}}}}}")
    add_rule(ada, template, [when(start)], [show(later)])
    process = ada.data("POST", "/runs", 201, json={"checklist_id": template["id"], "name": "x"})
    tasks = tasks_by_title(ada, process)
    assert set(tasks) == {"Start", "Ask", "/"}
    ada.data("PUT", f"/tasks/{tasks['Ask']['id']}", json={"taskdata": {asked["id"]: "blue"}})
    ada.data("POST", "/completed-tasks", json={"task_id": tasks["Start"]["id"]})
    assert [one["title"] for one in ada.data("GET", f"/runs/{process['id']}/tasks")] == [
        "Start", "Ask", "Later", "blue / as blue",
    ]  # fmt: skip
