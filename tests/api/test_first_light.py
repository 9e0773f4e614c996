"""The thin thread through everything: a template becomes a process that somebody finishes."""

from __future__ import annotations

from tests.conftest import Client


def test_a_template_becomes_a_process(ada: Client) -> None:
    template = ada.data("POST", "/checklists", 201, json={"title": "Supplier intake", "type": "procedure"})
    process = ada.data("POST", "/runs", 201, json={"checklist_id": template["id"], "name": "Acme"})
    assert process["status"] == "active"
