"""Approving, rejecting, acknowledging and sending by routes of their own."""

from __future__ import annotations

import pytest

from stepwell.tasks.schemas import ChangedTaskShape
from tests.api.oneoffs import one_off, to
from tests.conftest import Client
from tests.shapes import shaped


@pytest.mark.rule("P-331", "P-333", "P-335")
@pytest.mark.parametrize(
    ("kind", "action", "label"),
    [("approval", "approve", "approved"), ("approval", "reject", "rejected"),
     ("expiring", "acknowledge", "acknowledged"),
     ("email", "send-email", "sent"), ("expiring_email", "send-email", "sent")],
)  # fmt: skip
def test_a_decision_completes_the_task(ada: Client, stan: Client, kind: str, action: str, label: str) -> None:
    task = one_off(ada, task_type=kind)
    done = stan.data("POST", f"/tasks/{task['id']}/{action}?with=comments", json={"comment": "Because"})
    shaped(ChangedTaskShape, done, "comments")
    assert (done["status"], done["status_label"], done["completer_id"]) == ("completed", label, stan.user_id)
    assert [one["content"] for one in done["comments"]["data"]] == ["Because"]
    assert stan.post(f"/tasks/{task['id']}/{action}").status_code == 422


@pytest.mark.parametrize("action", ["approve", "reject", "acknowledge", "send-email"])
def test_not_for_other_types_nor_others(ada: Client, liv: Client, otto: Client, action: str) -> None:
    task = one_off(ada)
    path = f"/tasks/{task['id']}/{action}"
    answer = ada.post(path)
    assert answer.json()["errors"] == {"task_type": ["This is not possible for a task of this type."]}
    assert otto.post(path).status_code == 404
    kind = {"approve": "approval", "reject": "approval", "acknowledge": "expiring"}.get(action, "email")
    other = one_off(ada, task_type=kind, owners=to(ada))
    assert liv.post(f"/tasks/{other['id']}/{action}").status_code == 403
