"""A template is drawn: steps, form fields, a rule."""

from __future__ import annotations

from tests.clients.story import GUEST, Story


def draw_the_steps(story: Story) -> None:
    sdk, org = story.sdk, story.org
    made = sdk.create_template(org, "Supplier intake", summary="How we take on a supplier")
    assert (made.title, made.type, made.owner_id) == ("Supplier intake", "procedure", story.ada.user_id)
    template = story.ids["template"] = made.id
    changed = sdk.update_template_metadata(
        org, template, title="Supplier intake", guidance="Have the form ready"
    )
    assert (changed.guidance, changed.summary) == ("Have the form ready", "How we take on a supplier")
    for key in ("Ask for papers", "Check papers", "Legal review", "Welcome"):
        step = sdk.add_step_to_template(org, template, {"title": key, "step_type": "task"})
        story.ids[key] = step["id"]
    edited = sdk.edit_description_on_step(org, template, story.ids["Check papers"], "Use the register")
    assert edited["summary"] == "Use the register"
    people = [story.house.stan.user_id]
    sdk.add_assignees_to_step(org, template, story.ids["Ask for papers"], people, guests=[GUEST])
    stored = story.there(f"/checklists/{template}/steps/{story.ids['Ask for papers']}")
    assert (stored["assignees"], stored["guests"]) == (people, [GUEST])
    copy = sdk.clone_step(org, template, story.ids["Welcome"])
    assert copy["title"] == "Welcome - Copy"
    moved = sdk.reorder_step(org, template, copy["id"], 1)
    assert moved["position"] == 1
    assert sdk.delete_step(org, template, copy["id"])
    assert [step.title for step in sdk.get_template_steps(org, template)] == [
        "Ask for papers", "Check papers", "Legal review", "Welcome",
    ]  # fmt: skip


def draw_the_fields(story: Story) -> None:
    sdk, org, template = story.sdk, story.org, story.ids["template"]
    ask, check = story.ids["Ask for papers"], story.ids["Check papers"]
    number = sdk.add_form_field_to_step(
        org, template, ask, {"field_type": "text", "label": "Tax number", "required": True}
    )
    size = sdk.add_form_field_to_step(
        org, template, check,
        {"field_type": "dropdown", "label": "Size", "required": True, "position": 2,
         "options": [{"id": 1, "text": "Small"}, {"id": 2, "text": "Large"}]},
    )  # fmt: skip
    note = sdk.add_form_field_to_step(
        org, template, ask, {"field_type": "textarea", "label": "Note", "required": False}
    )
    story.ids |= {"number": number.id, "size": size.id, "note": note.id}
    assert (number.label, number.required, size.options[1]["text"]) == ("Tax number", True, "Large")
    renamed = sdk.update_form_field(org, template, ask, note.id, label="Remark")
    assert (renamed.id, renamed.label) == (note.id, "Remark")
    assert sdk.reorder_form_fields(org, template, ask, [{"id": note.id, "position": 1}])
    captures = story.there(f"/checklists/{template}/steps/{ask}")["captures"]
    assert [field["id"] for field in captures] == [note.id, number.id]
    assert sdk.move_form_field(org, template, ask, note.id, check)
    assert {field.id for field in sdk.form_fields.get_step(org, template, check).captures} == {
        note.id,
        size.id,
    }
    assert sdk.delete_form_field(org, template, check, note.id)
    assert [field.id for field in sdk.form_fields.get_step(org, template, check).captures] == [size.id]


def change_the_options(story: Story) -> None:
    sdk, org = story.sdk, story.org
    where = (org, story.ids["template"], story.ids["Check papers"], story.ids["size"])
    assert sdk.get_dropdown_options(*where) == ["Small", "Large"]
    assert sdk.form_fields.add_dropdown_option(*where, "Medium")
    assert sdk.form_fields.remove_dropdown_option(*where, "Small")
    assert sdk.form_fields.reorder_dropdown_options(*where, ["Medium", "Large"])
    assert sdk.get_dropdown_options(*where) == ["Medium", "Large"]
    assert sdk.update_dropdown_options(*where, ["Small", "Large"])
    stored = story.there(f"/checklists/{where[1]}/steps/{where[2]}")["captures"][0]["options"]
    assert [(option["id"], option["text"]) for option in stored] == [(1, "Small"), (2, "Large")]


def write_the_rule(story: Story) -> None:
    sdk, org, template = story.sdk, story.org, story.ids["template"]
    condition = {
        "conditionable_id": story.ids["size"], "conditionable_type": "Capture", "operation": "equals",
        "statement": "Small", "logic": "and",
    }  # fmt: skip
    action = {"action_type": "visibility", "action_verb": "show", "target_step_id": story.ids["Legal review"]}
    body = {"automated_alias": "Large ones", "conditions": [condition], "then_actions": [action]}
    rule = sdk.create_automation_rule(org, template, body)["id"]
    sdk.update_automation_rule(org, template, rule, {"conditions": [{**condition, "statement": "Large"}]})
    [stored] = story.there(f"/checklists/{template}")["automated_actions"]
    assert (stored["id"], stored["automated_alias"]) == (rule, "Large ones")
    assert [one["statement"] for one in stored["conditions"]] == ["Large"]
    assert len(stored["then_actions"]) == 1
    shown = sdk.get_step_visibility_conditions(org, template, story.ids["Legal review"])
    assert shown["step_info"]["default_visibility"] == "conditionally_visible"
    assert len(shown["visibility_rules"]["show_rules"]) == 1
    depends = sdk.get_step_dependencies(org, template, story.ids["Legal review"])
    assert depends["complexity_analysis"]["visibility_conditions_count"] == 1
    second = sdk.create_automation_rule(org, template, {**body, "automated_alias": "Unwanted"})["id"]
    sdk.delete_automation_rule(org, template, second)
    assert [one["id"] for one in story.there(f"/checklists/{template}")["automated_actions"]] == [rule]


def read_the_template(story: Story) -> None:
    sdk, org, template = story.sdk, story.org, story.ids["template"]
    prerun = [{"label": "Country", "field_type": "text", "required": True}]
    sdk.update_template_metadata(org, template, title="Supplier intake", prerun=prerun)
    [country] = sdk.get_kickoff_form_fields(org, template)
    story.ids["country"] = country["id"]
    whole = sdk.get_template(org, template)
    assert (whole.title, len(whole.steps), len(whole.prerun), len(whole.automated_actions)) == (
        "Supplier intake", 4, 1, 1,
    )  # fmt: skip
    with_steps = sdk.get_template_with_steps(org, template)
    assert (with_steps["automation_count"], with_steps["prerun_field_count"]) == (1, 1)
    assert [one.id for one in sdk.get_all_templates(org).data] == [template]
