"""Having many people read a template: one task for all of them, linked to it."""

from __future__ import annotations

import pytest

from tests.api.drawn import join_as, reasons
from tests.api.oneoffs import one_off, to
from tests.api.templating import Json, make_template
from tests.conftest import Client

NAMES = ("CHECKLIST_READ", "CHECKLIST_EDIT", "PROCESS_LAUNCH", "CHECKLIST_DUPLICATE", "PROCESS_READ")


@pytest.fixture
def secret(ada: Client) -> Json:
    """A document that only administrators may read."""
    template = make_template(ada, title="Safety rules", type="document", summary="<p>Wear a helmet.</p>")
    for name in NAMES:
        body = {"everyone": False, "users": [], "groups": []}
        ada.data("PUT", f"/checklists/{template['id']}/permissions/{name}", json=body)
    return template


@pytest.mark.rule("T-222")
def test_every_assignee_reads_the_linked_template_and_acknowledges_it(
    ada: Client, stan: Client, liv: Client, secret: Json
) -> None:
    task = one_off(
        ada, "Read this", owners=to(stan, liv), everyone_must_complete=True, checklist_id=secret["id"]
    )
    path = f"/tasks/{task['id']}?with=checklist"
    for reader in (stan, liv):
        assert reader.get(f"/checklists/{secret['id']}").status_code == 404
        shown = reader.data("GET", path)["checklist"]["data"]
        assert (shown["id"], shown["title"], shown["summary"]) == (
            secret["id"], "Safety rules", "<p>Wear a helmet.</p>",
        )  # fmt: skip
    for reader, status in ((stan, "not-started"), (liv, "completed")):
        done = reader.data("POST", "/completed-tasks", json={"task_id": task["id"]})
        assert (done["status"] == "completed") is (status == "completed")
    assert liv.data("GET", path)["checklist"]["data"]["title"] == "Safety rules"


@pytest.mark.rule("T-222", "T-193")
def test_others_do_not_get_to_a_template_by_a_task(
    database: str, ada: Client, stan: Client, secret: Json
) -> None:
    task = one_off(ada, "Read this", owners=to(stan), checklist_id=secret["id"])
    other = join_as(database, ada, "standard")
    assert other.data("GET", f"/tasks/{task['id']}?with=checklist")["checklist"] is None
    mine = one_off(other, owners=to(other))
    wrong = {"checklist_id": ["The selected checklist id is invalid."]}
    assert reasons(other, "PUT", f"/tasks/{mine['id']}/link", json={"checklist_id": secret["id"]}) == wrong
    body = {"title": "x", "deadline": "2031-01-01", "owners": to(other), "checklist_id": secret["id"]}
    assert reasons(other, "POST", "/tasks", json=body) == wrong
    assert other.data("GET", f"/tasks/{mine['id']}?with=checklist")["checklist"] is None
