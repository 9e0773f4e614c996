"""Scenarios S-11, S-15 and S-16 of the processes: several people, one task."""

from __future__ import annotations

import pytest

from tests.api.drawn import asks, reasons, step
from tests.conftest import Client
from tests.scenarios.people import GINA, Nordlicht
from tests.scenarios.plan import Run, ids, plan
from tests.scenarios.stage import Stage


@pytest.mark.rule("P-321", "P-322", "P-323", "P-324")
def test_p_s11_everyone_must_complete(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-11. Each of four does a part; who leaves is waited for no longer; an administrator does it for all.

    That gina does hers on her own page comes with guest access.
    """
    ada, sam, sue, lea = nordlicht.ada, nordlicht.sam, nordlicht.sue, nordlicht.lea
    v = step("V", everyone_must_complete=True, assignees=ids([sam]), groups=[nordlicht.group], guests=[GINA])
    drawn = plan(stage, ada, v, step("Next"), step("Other"))
    drawn.rule(drawn.when("V"), drawn.show("Next"))
    run = drawn.launch(ada)

    def part() -> tuple[str, int]:
        task = run.task("V")
        return task["status"], round(task["completion_progress"])

    run.complete("V", sam)
    assert part() == ("in-progress", 25)
    assert run.said("V") == ["1 of 4 completed"]
    assert "Next" not in run.visible()
    run.complete("V", sam, status=422)
    run.complete("V", sue)
    stage.complete_as_guest(GINA, ada, run.task("V"))
    assert part() == ("in-progress", 75)
    stage.deactivate(lea)
    assert part() == ("completed", 100)
    assert "Next" in run.visible()
    assert len([row for row in run.log() if row["type"] == ["execution"]]) == 1
    run.reopen("V")
    assert part() == ("in-progress", 0)
    for client in (sam, sue):
        run.complete("V", client)
    assert part() == ("in-progress", 67)
    run.complete("V", ada)
    assert part() == ("completed", 100)
    other = plan(stage, ada, step("V", everyone_must_complete=True, assignees=ids([sam]))).launch(ada)
    other.complete("V", sue, status=403)


@pytest.mark.rule("P-533", "P-550", "P-556")
def test_p_s15_table_answers_and_simultaneous_editing(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-15. A table is kept column by column, and each save touches only the fields that it sends.

    The import of a sheet comes with files, the pages that show both answers at once with the web screens.
    """
    sam, sue = nordlicht.sam, nordlicht.sue
    columns = [
        {"id": number, "label": label} for number, label in enumerate(("Part", "Qty", "Note"), start=1)
    ]
    items = asks("Items", "table", required=True, columns=columns)
    drawn = plan(stage, nordlicht.ada, step("Order", items, asks("Ref"), assignees=ids([sam, sue])))
    run = drawn.launch(sam)
    full = [["Bolt", "Nut"], ["4", "9"], ["", ""]]
    run.save("Order", Items=full)

    def kept(label: str) -> object:
        return run.task("Order")["taskdata"][drawn.field(label)]

    table = kept("Items")
    assert isinstance(table, list)
    assert list(zip(*table[:2], strict=True)) == [("Bolt", "4"), ("Nut", "9")]
    refused = run.save("Order", Items=[["Bolt", "Nut"], ["4", "9"]], status=422)
    assert "Number of columns does not match required columns" in str(refused["errors"])
    assert kept("Items") == table
    run.save("Order", Items=[["", ""], ["", ""], ["", ""]])
    refused = run.complete("Order", sam, status=422)
    assert "required" in str(refused)
    run.save("Order", Ref="R-1", by=sam)
    run.save("Order", Items=full, by=sue)
    assert (kept("Ref"), kept("Items")) == ("R-1", table)
    run.save("Order", Ref="R-2", by=sam)
    run.save("Order", Ref="R-3", by=sue)
    assert kept("Ref") == "R-3"
    told = [row for row in run.log("Order") if row["field"] == ["Ref"]]
    assert [row["actor_id"][0] for row in told[:2]] == ids([sue, sam])


def refused_everything(run: Run, client: Client) -> None:
    """The task can be read, and nothing else be done to it."""
    task, path = run.id_of("U"), run.path
    assert client.get(f"/tasks/{task}").status_code == 200
    answers = [
        client.post(f"{path}/completed-tasks", json={"task_id": task}),
        client.put(f"{path}/tasks/{task}", json={"title": "Mine"}),
        client.put(f"{path}/tasks/{task}/hide"),
        client.put(f"/tasks/{task}", json={"owners": {"users": [client.user_id]}}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4


@pytest.mark.rule("P-305", "P-306", "P-302", "P-307", "P-432")
def test_p_s16_restriction_and_assignee_limit(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-16. Others may only read; an administrator may do all, and complete for somebody; too many are refused."""
    ada, sam, sue, lea = nordlicht.ada, nordlicht.sam, nordlicht.sue, nordlicht.lea
    u = step("U", can_complete_only_assignees=True, assignees=ids([sam]), max_assignable=2)
    drawn = plan(stage, ada, u, step("Open", assignees=ids([sam])), step("Other"))
    run = drawn.launch(ada, users=ids([sue, lea]))
    refused_everything(run, sue)
    refused_everything(run, lea)
    path = f"/tasks/{run.id_of('U')}"
    assert ada.data("PUT", path, json={"title": "U"})["title"] == "U"
    for owners in (ids([ada]), ids([sam])):
        ada.data("PUT", path, json={"owners": {"users": owners}})
    run.hide("U", ada)
    run.show("U", ada)
    run.complete("U", ada, override_user=sam.user_id)
    assert run.task("U")["completer_id"] == sam.user_id
    run.complete("Open", sam, 403, override_user=sue.user_id)
    run.reopen("U", ada)
    before = run.people("U")
    too_many = {"owners": {"users": ids([sam]), "groups": [nordlicht.group]}}
    assert reasons(sam, "PUT", path, json=too_many)
    assert run.people("U") == before
    enough = {"owners": {"users": ids([sue]), "groups": [nordlicht.group]}}
    sam.data("PUT", path, json=enough)
    assert run.people("U") == (ids([sue]), [], [nordlicht.group])
