"""Being overdue is read off the deadline: nothing has to happen for it, and no rule waits for it."""

from __future__ import annotations

import pytest

from tests.api.templating import add_rule, make_template, rules_path, show, when
from tests.conftest import Client


@pytest.mark.rule("P-491")
@pytest.mark.parametrize("operation", ["overdue", "deadline_overdue", "deadline overdue"])
def test_no_rule_can_wait_for_a_task_to_be_overdue(ada: Client, operation: str) -> None:
    template = make_template(ada, "One", "Two")
    one, two = template["steps"]
    body = {
        "automated_alias": "Late",
        "conditions": [when(one, operation=operation)],
        "then_actions": [show(two)],
    }
    answer = ada.post(rules_path(template), json=body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["conditions.0.operation"]
    add_rule(ada, template, [when(one, operation="expired")], [show(two)])
