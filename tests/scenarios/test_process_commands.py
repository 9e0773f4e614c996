"""Scenarios S-17 and S-18 of the processes: put away, brought back, deleted, changed in part."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.api.drawn import asks, new_tag, reasons, step
from tests.conftest import make_house
from tests.scenarios.people import GINA, Nordlicht
from tests.scenarios.plan import after, chooses, ids, plan
from tests.scenarios.stage import Stage


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, 4, hour, minute, tzinfo=UTC)


@pytest.mark.rule("P-203", "P-220", "P-221", "P-222", "P-223", "P-224")
def test_p_s17_archive_restore_delete(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-17. Put away, a process is nowhere to be seen and nothing happens in it; deleted, only the log remembers.

    What gina's link says comes with guest access, the scope of a search with the search.
    """
    ada, sam, lea = nordlicht.ada, nordlicht.sam, nordlicht.lea
    expiring = step(
        "Answer", step_type="expiring", guests=[GINA], assignees=ids([lea]), deadline=after(4, "hours")
    )
    run = plan(stage, ada, expiring, step("Other", assignees=ids([sam]))).launch(ada)
    before = run.now()
    assert lea.delete(run.path).status_code == 403
    stage.now = at(9)
    archived = sam.data("DELETE", run.path)
    assert archived["status"] == run.now()["status"] == "archived"
    assert ada.data("GET", "/runs") == []
    for client in (ada, sam, lea):
        assert client.data("GET", "/me/tasks") == []
    assert ada.data("GET", "/tasks") == []
    refused = reasons(sam, "PUT", run.path, json={"name": "New"})
    assert "Cannot update archived processes." in str(refused)
    tag = new_tag(stage.database, ada)
    assert ada.put(f"{run.path}/tags", json={"tags": [tag]}).status_code == 422
    body = {"subject_id": run.made["id"], "subject_type": "Run", "tag_id": tag, "tag_type": "private"}
    assert reasons(ada, "POST", "/checklists/tags", json=body) == {"subject_id": ["Subject not found"]}
    assert stage.check_run(ada, at(12, 5)) == 0
    assert sam.delete(f"{run.path}/delete").status_code == 403
    stage.now = at(15)
    back = sam.data("PUT", f"{run.path}/activate")
    assert back["archived_at"] is None
    changed = {"last_updated", "progress", "late_tasks", "due_date_passed", "due_soon"}
    assert {key: back[key] for key in before.keys() - changed} == {
        key: before[key] for key in before.keys() - changed
    }
    assert ada.delete(f"{run.path}/delete").status_code == 422
    assert stage.check_run(ada, at(15, 5)) == 1
    assert run.task("Answer")["status_label"] == "expired"
    ada.data("DELETE", run.path)
    answer = ada.delete(f"{run.path}/delete")
    assert (answer.status_code, answer.content) == (200, b"")
    assert ada.get(run.path).status_code == 404
    [row] = ada.data("GET", "/activity-feeds?verb=deleted")
    assert run.made["name"] in row["description"][0]


@pytest.mark.rule("P-200", "P-201", "P-202", "P-110")
def test_p_s18_partial_update_of_a_process(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-18. What is sent changes, all of it or nothing; what is not sent stays."""
    ada, sam, sue = nordlicht.ada, nordlicht.sam, nordlicht.sue
    kickoff = [asks("Company", alias="company-1"), chooses("Country", "dropdown", "Norway", "Spain")]
    steps = [step("Call", summary="<p>Call {{company-1}}.</p>"), step("Weld")]
    drawn = plan(stage, ada, *steps, kickoff=kickoff)
    drawn.rule(drawn.answer("Company", "equals", "Bolt"), drawn.show("Weld"))
    answers = {"Company": "Acme", "Country": {"id": 2, "text": "Spain"}}
    run = drawn.launch(ada, answers, users=ids([sam, sue]), groups=[nordlicht.group], summary="old")

    def kept() -> dict[str, object]:
        now = run.now()
        return {key: now[key] for key in ("users", "groups", "name", "summary", "prerun", "owner_id")}

    before = kept()
    assert before["users"] == ids([sam, sue])
    assert ada.data("PUT", run.path, json={"starred": True})["starred"] is True
    assert sam.data("GET", run.path)["starred"] is False
    assert kept() == before
    ada.data("PUT", run.path, json={"users": [str(sue.user_id)]})
    assert kept() == {**before, "users": ids([sue])}
    ada.data("PUT", run.path, json={"groups": []})
    assert kept() == {**before, "users": ids([sue]), "groups": []}
    assert run.visible() == {"Call"}
    company = drawn.field("Company")
    ada.data("PUT", run.path, json={"prerun": {company: "Bolt"}})
    prerun = before["prerun"]
    assert isinstance(prerun, dict)
    assert run.now()["prerun"] == {**prerun, company: "Bolt"}
    assert run.visible() == {"Call", "Weld"}
    assert run.task("Call")["summary"] == "<p>Call Bolt.</p>"
    before = run.now()
    with make_house(stage.database, stage.origin, "Umbrella") as other:
        wrong = {"owner_id": other.ada.user_id, "name": "n" * 551, "starred": "maybe"}
        for key, value in wrong.items():
            assert reasons(ada, "PUT", run.path, json={"summary": "new", key: value})
    assert run.now() == before
    assert nordlicht.lea.put(run.path, json={"name": "x"}).status_code == 403
    assert ada.put(f"/runs/{'0' * 32}", json={"name": "x"}).status_code == 404
