"""The list of a template's steps."""

from __future__ import annotations

from stepwell.templates.step_schemas import StepShape
from tests.api.templating import make_template, steps_path
from tests.conftest import Client
from tests.shapes import shaped


def test_the_list_is_paged_in_order(ada: Client) -> None:
    template = make_template(ada)
    lines = "\n".join(f"Step {number}" for number in range(1, 13))
    ada.data("POST", steps_path(template, more="/bulk"), 201, json={"steps": lines})
    first = ada.get(steps_path(template)).json()
    assert len(first["data"]) == 10
    assert {key: first["meta"]["pagination"][key] for key in ("total", "count", "total_pages", "per_page")} == {
        "total": 12, "count": 10, "total_pages": 2, "per_page": 10,
    }  # fmt: skip
    second = ada.get(steps_path(template), params={"page": 2}).json()["data"]
    all_rows = ada.get(steps_path(template), params={"per_page": 100}).json()["data"]
    assert [shaped(StepShape, step)["position"] for step in all_rows] == list(range(1, 13))
    assert [step["id"] for step in (*first["data"], *second)] == [step["id"] for step in all_rows]
    assert ada.data("GET", steps_path(template) + "?page=9") == []
    whole = ada.get(steps_path(template), params={"without_pagination": "true"}).json()
    assert whole["data"] == all_rows
    assert whole["meta"]["pagination"]["total_pages"] == 1


def test_unknown_includes_are_ignored(ada: Client) -> None:
    template = make_template(ada, "Check")
    step = ada.data("GET", steps_path(template) + "?with=threads,nonsense,tags")[0]
    assert shaped(StepShape, step, "tags")["tags"] == {"data": []}


def test_readers_see_steps_and_strangers_do_not(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    template = make_template(ada, "Check")
    step = template["steps"][0]
    assert stan.data("GET", steps_path(template, step))["id"] == step["id"]
    for client in (liv, otto):
        assert client.get(steps_path(template)).status_code == 404
        assert client.get(steps_path(template, step)).status_code == 404
    ada.data("PUT", f"/checklists/{template['id']}", json={"title": "A", "users": [liv.user_id]})
    assert liv.data("GET", steps_path(template))[0]["id"] == step["id"]


def test_what_is_not_there_is_not_found(ada: Client) -> None:
    template, other = make_template(ada, "Check"), make_template(ada, "Other")
    for path in (
        steps_path(template, other["steps"][0]),
        steps_path(template) + "/nonsense",
        steps_path({"id": "f" * 32}),
    ):
        assert ada.get(path).status_code == 404
    ada.delete(f"/checklists/{template['id']}")
    assert ada.get(steps_path(template)).status_code == 404
    assert ada.get(steps_path(template, template["steps"][0])).status_code == 404
