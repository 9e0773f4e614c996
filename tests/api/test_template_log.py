"""The activity log of a template: one entry a change, and who may read it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import join_as
from tests.api.templating import (
    Json,
    add_field,
    add_rule,
    fields_path,
    make_template,
    rules_path,
    show,
    steps_path,
    when,
)
from tests.conftest import Client


def log(client: Client, template: Json) -> list[Json]:
    """The entries, newest first."""
    found: list[Json] = client.data("GET", f"/checklists/{template['id']}/activity-feeds?per_page=100")
    return found


@pytest.mark.rule("T-029", "T-035")
def test_each_saved_change_is_one_entry_and_a_save_that_changes_nothing_is_none(
    ada: Client, stan: Client
) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    field = add_field(ada, template, one, label="Amount")
    kickoff = add_field(ada, template, label="Client")
    rule = add_rule(ada, template, [when(one)], [show(two)])
    path = f"/checklists/{template['id']}"
    saves: list[tuple[str, str, dict[str, Any], str, Any, Any]] = [
        ("PATCH", path, {"summary": "<p>s</p>"}, "summary", None, "<p>s</p>"),
        ("PATCH", path, {"guidance": "<p>g</p>"}, "guidance", None, "<p>g</p>"),
        ("PATCH", steps_path(template, one), {"title": "First"}, "title", "One", "First"),
        ("PATCH", steps_path(template, one), {"summary": "<p>x</p>"}, "summary", None, "<p>x</p>"),
        ("PUT", f"{fields_path(template, one)}/{field['id']}", {"label": "Sum"}, "label", "Amount", "Sum"),
        ("PUT", f"{fields_path(template)}/{kickoff['id']}", {"required": True}, "required", False, True),
        ("PUT", rules_path(template, rule), {"automated_alias": "Next"}, "automated_alias", "A rule", "Next"),
    ]  # fmt: skip
    for method, where, body, name, old, new in saves:
        before = [entry["id"] for entry in log(ada, template)]
        stan.data(method, where, json=body)
        entry, *rest = log(ada, template)
        assert [one["id"] for one in rest] == before, where
        assert (entry["actor_id"], entry["verb"], entry["field"]) == ([stan.user_id], ["updated"], [name])
        assert (entry["old_value"], entry["text"]) == (None if old is None else [old], [new])
        stan.data(method, where, json=body)
        assert [one["id"] for one in log(ada, template)] == [entry["id"], *before], where


@pytest.mark.rule("T-036")
def test_administrators_owner_creator_readers_and_editors_read_the_log(database: str, ada: Client) -> None:
    names = ("CHECKLIST_READ", "CHECKLIST_EDIT", "PROCESS_LAUNCH", "CHECKLIST_DUPLICATE", "PROCESS_READ")
    creator, owner, *holders, stranger = (join_as(database, ada, "standard") for _ in range(8))
    template = make_template(creator, "One", owner_id=owner.user_id)
    path = f"/checklists/{template['id']}"
    for name, holder in zip(names, holders, strict=True):
        body = {"everyone": False, "users": [holder.user_id], "groups": []}
        ada.data("PUT", f"{path}/permissions/{name}", json=body)
    statuses = [
        reader.get(f"{path}/activity-feeds").status_code for reader in (ada, creator, owner, *holders)
    ]
    assert statuses == [200, 200, 200, 200, 200, 403, 403, 403]
    assert (stranger.get(f"{path}/activity-feeds").status_code, stranger.get(path).status_code) == (403, 404)
    copy = ada.data("POST", f"{path}/clone", 201, json={})
    assert len(log(ada, template)) > 1
    assert [entry["verb"] for entry in log(ada, copy)] == [["created"]]
