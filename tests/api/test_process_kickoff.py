"""The kick-off form of a running process: reopened, submitted again."""

from __future__ import annotations

from typing import Any

import pytest

from stepwell.processes.schemas import ProcessShape
from tests.api.drawn import Drawn, asks, draw, launched, reasons, shows, step, tasks_by_title
from tests.conftest import Client, House
from tests.shapes import shaped

UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def template(database: str, house: House) -> Drawn:
    return draw(
        database,
        house.ada,
        step("Bylaws"),
        step("Agreement"),
        kickoff=[asks("Form", "radio", required=True), asks("Note")],
        rules=[shows("Bylaws", "Form", "Basic"), shows("Agreement", "Form", "Gold")],
    )


@pytest.fixture
def run(ada: Client, template: Drawn) -> dict[str, Any]:
    return dict(launched(ada, template, prerun={template.fields["Form"]: "Basic"}))


@pytest.mark.rule("P-054", "T-058")
def test_the_form_is_reopened_with_its_answers_and_submitted_again(
    ada: Client, template: Drawn, run: dict[str, Any]
) -> None:
    path = f"/runs/{run['id']}/complete-prerun"
    opened = shaped(ProcessShape, ada.data("DELETE", path))
    assert (opened["prerun_status"], opened["prerun_completed_at"], opened["prerun_completed_by"]) == (
        "incomplete",
        None,
        None,
    )
    assert opened["prerun"] == run["prerun"]
    assert isinstance(opened["progress"], dict)
    again = shaped(ProcessShape, ada.data("POST", path, json={"prerun": {template.fields["Form"]: "Gold"}}))
    assert (again["prerun_status"], again["prerun_completed_by"]) == ("complete", ada.user_id)
    assert again["prerun_completed_at"] is not None
    assert set(tasks_by_title(ada, run)) == {"Bylaws", "Agreement"}


@pytest.mark.rule("P-054")
def test_submitting_a_complete_form_and_opening_an_open_one_change_nothing(
    ada: Client, run: dict[str, Any]
) -> None:
    path = f"/runs/{run['id']}/complete-prerun"
    assert ada.data("POST", path)["prerun_completed_at"] == run["prerun_completed_at"]
    assert ada.data("DELETE", path)["prerun_status"] == "incomplete"
    assert ada.data("DELETE", path)["prerun_status"] == "incomplete"


@pytest.mark.rule("P-054", "P-051")
def test_required_answers_are_asked_for_at_submission(
    ada: Client, template: Drawn, run: dict[str, Any]
) -> None:
    path, field = f"/runs/{run['id']}/complete-prerun", template.fields["Form"]
    ada.data("DELETE", path)
    ada.data("PUT", f"/runs/{run['id']}", json={"prerun": {field: ""}})
    assert reasons(ada, "POST", path) == {f"prerun.{field}": ["Form is required"]}
    assert reasons(ada, "POST", path, json={"prerun": {field: "Silver"}}) == {
        f"prerun.{field}": ["Invalid radio choice selected"]
    }
    assert list(reasons(ada, "POST", path, json={"prerun": "Gold"})) == ["prerun"]
    assert ada.data("POST", path, json={"prerun": [{field: "Gold"}]})["prerun"][field] == "Gold"


@pytest.mark.rule("P-007", "T-059")
def test_a_complete_process_waits_for_its_reopened_form(ada: Client, run: dict[str, Any]) -> None:
    path = f"/runs/{run['id']}"
    assert ada.data("POST", f"{path}/complete")["status"] == "complete"
    opened = ada.data("DELETE", f"{path}/complete-prerun")
    assert (opened["status"], opened["completed_at"]) == ("active", None)
    assert ada.data("POST", f"{path}/complete-prerun")["status"] == "complete"


@pytest.mark.rule("P-056")
def test_who_may_reopen_and_submit(
    ada: Client, stan: Client, liv: Client, otto: Client, run: dict[str, Any]
) -> None:
    path = f"/runs/{run['id']}/complete-prerun"
    ada.data("PUT", f"/runs/{run['id']}", json={"users": [liv.user_id]})
    for method in ("DELETE", "POST"):
        assert stan.request(method, path).status_code == 200
        assert liv.request(method, path).status_code == 403
        assert otto.request(method, path).status_code == 404
        assert ada.request(method, f"/runs/{UNKNOWN}/complete-prerun").status_code == 404
    ada.data("PUT", f"/runs/{run['id']}", json={"owner_id": liv.user_id})
    for method in ("DELETE", "POST"):
        assert liv.request(method, path).status_code == 200


@pytest.mark.rule("P-203")
def test_the_form_of_an_archived_process_stays_as_it_is(ada: Client, run: dict[str, Any]) -> None:
    ada.data("DELETE", f"/runs/{run['id']}")
    for method in ("DELETE", "POST"):
        answer = ada.request(method, f"/runs/{run['id']}/complete-prerun")
        assert (answer.status_code, answer.json()["message"]) == (422, "Cannot update archived processes.")
