"""Scenarios S-08, S-09 and S-14 of the processes: what is done is taken up again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stepwell.clock.archiving import archive_finished_processes
from tests.api.drawn import asks, change_settings, reasons, step
from tests.api.followed import launched_by, leading_to
from tests.api.talk import reported, resolved, said
from tests.scenarios.people import GINA, SEPTEMBER, Nordlicht
from tests.scenarios.plan import ids, plan
from tests.scenarios.stage import Stage


@pytest.mark.rule("P-350", "P-353", "P-120", "P-122", "P-124", "P-125")
def test_p_s08_reopening_keeps_the_work_and_launches_only_once(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-08. A reopened task has its answers, comments and people; what it launched is not launched again.

    The mail to the other assignees comes with notifications, gina's own attempt with guest access.
    """
    sam, sue = nordlicht.sam, nordlicht.sue
    billing = plan(stage, nordlicht.ada, step("Write bill"), title="Billing")
    z = leading_to(
        billing.drawn, "Z", asks("Text"), asks("File", "file"), assignees=ids([sam, sue]), guests=[GINA]
    )
    drawn = plan(stage, nordlicht.ada, z)
    run = drawn.launch(sam)
    file = {"filename": "a.pdf", "url": "https://x.example/a.pdf", "source": "url"}
    run.save("Z", Text="42", File=[file])
    said(sam, run.task("Z"), "Have a look")
    run.complete("Z", sue)
    now = run.now()
    assert (now["status"], run.task("Z")["completer_id"]) == ("complete", sue.user_id)
    assert now["completed_at"] is not None
    [child] = launched_by(sam, run.made)
    assert (child["checklist_title"], child["started_by"]) == ("Billing", sue.user_id)
    before, comments = run.task("Z"), sam.data("GET", f"/tasks/{run.id_of('Z')}/comments")
    run.reopen("Z", sue)
    z_now = run.task("Z")
    assert z_now["status"] == "in-progress"
    assert (z_now["completed_at"], z_now["completer_id"], z_now["is_approved"]) == (None, None, None)
    for kept in ("taskdata", "owners"):
        assert z_now[kept] == before[kept]
    assert z_now["taskdata"][drawn.field("Text")] == "42"
    assert sam.data("GET", f"/tasks/{run.id_of('Z')}/comments") == comments
    now = run.now()
    assert (now["status"], now["completed_at"]) == ("active", None)
    change_settings(stage.database, sam, auto_archive=True)
    stage.now = SEPTEMBER + timedelta(days=1000)
    assert stage.with_services(lambda services: archive_finished_processes(services, nordlicht.id)) == 0
    stage.now = SEPTEMBER
    run.complete("Z", sue)
    assert [one["id"] for one in launched_by(sam, run.made)] == [child["id"]]
    assert "already" in run.said("Z")[-1]
    run.reopen("Z", sue)
    run.reopen("Z", sue, status=422)


@pytest.mark.rule("P-331", "P-356", "P-312")
def test_p_s09_approval_loop(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-09. A rejection reopens the work, the work reopens the approval, as often as it takes.

    The mail about a reopened task comes with notifications.
    """
    sam, sue = nordlicht.sam, nordlicht.sue
    approval = step("T2", step_type="approval", assignees=ids([sue]))
    drawn = plan(stage, nordlicht.ada, step("T1", assignees=ids([sam])), approval)
    drawn.rule(drawn.when("T2", "rejected"), drawn.reopen("T1"))
    drawn.rule(drawn.when("T1"), drawn.reopen("T2"))
    run = drawn.launch(sam)
    assert run.complete("T1", sam)["data"]["tasks_changed_by_rules"] == {}
    body = {"task_id": run.id_of("T2")}
    refused = reasons(sue, "POST", f"{run.path}/completed-tasks", json=body)
    assert refused == {"is_approved": ["The is approved field is required."]}
    for _ in range(3):
        rejected = run.complete("T2", sue, is_approved=False)["data"]
        assert (rejected["status"], rejected["status_label"]) == ("completed", "rejected")
        assert rejected["is_approved"] is False
        assert list(rejected["tasks_changed_by_rules"]) == [run.id_of("T1")]
        [told] = [row for row in run.log("T2") if row["verb"] == ["completed"]][:1]
        assert told["description"] == ["Rejected task: T2"]
        assert (run.task("T1")["status"], run.task("T2")["status"]) == ("in-progress", "completed")
        run.complete("T1", sam)
        assert (run.task("T2")["status"], run.task("T2")["is_approved"]) == ("in-progress", None)
    run.redo("T1")
    assert run.task("T2")["status"] == "in-progress"


@pytest.mark.rule("P-620", "P-621", "P-622", "P-624", "P-625", "P-626")
def test_p_s14_an_issue_on_a_finished_task(stage: Stage, nordlicht: Nordlicht) -> None:
    """S-14. An issue reopens the task and blocks it until each one is resolved by name.

    Ada reports what gina reports: her own reports and her refused resolution come with guest access, the mails
    to Sue and gina with notifications, the page that changes without reload with the web screens.
    """
    ada, sue = nordlicht.ada, nordlicht.sue
    run = plan(stage, ada, step("Y", assignees=ids([sue]), guests=[GINA])).launch(ada)
    run.complete("Y", sue)
    assert run.now()["status"] == "complete"
    first = reported(ada, run.task("Y"), "It is wrong")
    y = run.task("Y")
    assert (y["status"], y["problem"], run.now()["status"]) == ("in-progress", True, "problem")
    run.complete("Y", sue, status=422)
    second = reported(sue, y, "And this too")
    said(sue, y, "Done", label="resolve")
    assert run.task("Y")["problem"] is True
    resolved(sue, y, first["id"])
    threads = sue.data("GET", f"/tasks/{y['id']}?with=threads")["threads"]["data"]
    by_id = {one["id"]: one for one in threads}
    assert by_id[first["id"]]["resolve_id"] is not None
    assert by_id[second["id"]]["resolve_id"] is None
    run.complete("Y", sue, status=422)
    path = f"/tasks/{y['id']}/resolved-threads"
    missing = reasons(sue, "POST", path, json={"thread_id": second["id"]})
    assert missing == {"content": ["The content field is required."]}
    resolved(sue, y, second["id"])
    assert run.task("Y")["is_completable"] is True
    run.complete("Y", sue)
