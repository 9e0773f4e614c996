"""When a step's task is due: so long after or before the launch or another step."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.templating import add_step, make_template, steps_path, wrong
from tests.conftest import Client

WHOLE: dict[str, Any] = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}


@pytest.mark.rule("T-121")
@pytest.mark.parametrize("unit", ["minute", "hours", "Day", "weeks", "month"])
def test_units_are_kept_in_the_plural(ada: Client, unit: str) -> None:
    step = add_step(ada, make_template(ada), title="Check", deadline={**WHOLE, "unit": unit})
    assert step["deadline"] == {**WHOLE, "unit": unit.lower().rstrip("s") + "s"}


@pytest.mark.rule("T-121")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [("from", "from"), ("after", "from"), ("prior_to", "prior_to"), ("before", "prior_to")],
)
def test_directions_have_two_words_each(ada: Client, sent: str, kept: str) -> None:
    step = add_step(ada, make_template(ada), title="Check", deadline={**WHOLE, "option": sent})
    assert step["deadline"]["option"] == kept


@pytest.mark.rule("T-121")
@pytest.mark.parametrize("anchor", ["start_run", "start_process", None])
def test_the_launch_has_several_names(ada: Client, anchor: str | None) -> None:
    step = add_step(ada, make_template(ada), title="Check", deadline={**WHOLE, "step": anchor})
    assert step["deadline"]["step"] == "start_run"


@pytest.mark.rule("T-121")
@pytest.mark.parametrize("missing", ["value", "unit", "option", "step"])
def test_all_four_keys_are_needed(ada: Client, missing: str) -> None:
    template = make_template(ada, "Check")
    partial = {key: value for key, value in WHOLE.items() if key != missing}
    for answer in (
        ada.post(steps_path(template), json={"title": "Check", "deadline": partial}),
        ada.put(steps_path(template, template["steps"][0]), json={"title": "Check", "deadline": partial}),
    ):
        assert wrong(answer) == {
            f"deadline.{missing}": [f"The deadline.{missing} field is required when deadline is present."]
        }


@pytest.mark.rule("T-121")
@pytest.mark.parametrize(
    ("key", "value"),
    [("value", -1), ("value", "soon"), ("unit", "years"), ("option", "around"), ("step", "f" * 32),
     ("step", "nowhere")],
)  # fmt: skip
def test_what_is_no_deadline_is_refused(ada: Client, key: str, value: Any) -> None:
    answer = ada.post(steps_path(make_template(ada)), json={"title": "A", "deadline": {**WHOLE, key: value}})
    assert set(wrong(answer)) == {f"deadline.{key}"}


def test_a_deadline_in_another_century_is_refused(ada: Client) -> None:
    deadline = {**WHOLE, "value": 2_000, "unit": "months"}
    answer = ada.post(steps_path(make_template(ada)), json={"title": "A", "deadline": deadline})
    assert wrong(answer) == {"deadline": ["The deadline is too far away."]}


@pytest.mark.rule("T-121")
def test_no_step_waits_for_itself(ada: Client) -> None:
    template = make_template(ada, "One", "Two", "Three")
    one, two, three = template["steps"]

    def anchored(step: dict[str, Any], base: dict[str, Any]) -> int:
        body = {"deadline": {**WHOLE, "step": base["id"]}}
        return ada.patch(steps_path(template, step), json=body).status_code

    assert anchored(one, one) == 422
    assert anchored(two, one) == 200
    assert anchored(three, two) == 200
    assert anchored(one, three) == 422
    assert anchored(one, two) == 422


@pytest.mark.rule("T-121")
def test_a_step_of_another_template_is_no_anchor(ada: Client) -> None:
    other = make_template(ada, "Other")
    body = {"title": "A", "deadline": {**WHOLE, "step": other["steps"][0]["id"]}}
    assert set(wrong(ada.post(steps_path(make_template(ada)), json=body))) == {"deadline.step"}
