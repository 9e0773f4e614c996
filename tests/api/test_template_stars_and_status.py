"""Small operations on templates: readiness, stars, favourites for others, which ids exist."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stepwell.templates.schemas import TemplateShape
from tests.api.made import Maker, errors_of, log_of, new_template
from tests.conftest import Client
from tests.shapes import shaped


@pytest.fixture
def maker(database: str, ada: Client) -> Iterator[Maker]:
    with Maker(database, ada) as made:
        yield made


@pytest.mark.rule("T-005", "T-006")
def test_every_reader_changes_the_readiness(ada: Client, liv: Client, otto: Client, maker: Maker) -> None:
    template = new_template(ada, users=[liv.user_id])
    path = f"/checklists/{template['id']}/status"
    for spelled, meant in (
        ("In progress", "in_progress"),
        ("published", "published"),
        ("STARTED", "started"),
    ):
        after = shaped(TemplateShape, liv.data("PUT", path, json={"status": spelled}))
        assert (after["status"], after["last_updated_by"]) == (meant, liv.user_id)
    for body in ({}, {"status": None}, {"status": "x"}, {"status": ""}):
        assert list(errors_of(liv, "PUT", path, json=body)) == ["status"]
    for body in ({"status": "started"}, {}):
        assert otto.put(path, json=body).status_code == 404
    assert ("updated", "Changed readiness of template: Supplier intake is published", "status",
            "in_progress", "published") in log_of(maker, template["id"])  # fmt: skip


@pytest.mark.rule("T-012")
def test_a_star_needs_no_right_to_edit_and_changes_nothing_else(
    ada: Client, liv: Client, otto: Client
) -> None:
    template = new_template(ada, users=[liv.user_id])
    path = f"/checklists/{template['id']}/star"
    for _ in range(2):
        assert shaped(TemplateShape, liv.data("POST", path)) == {**template, "starred": True}
    assert ada.data("GET", f"/checklists/{template['id']}")["starred"] is False
    for _ in range(2):
        assert shaped(TemplateShape, liv.data("DELETE", path)) == template
    assert otto.post(path).status_code == otto.delete(path).status_code == 404


def test_an_administrator_stars_for_others(ada: Client, stan: Client, liv: Client, otto: Client) -> None:
    template = new_template(ada, users=[liv.user_id])
    path = f"/checklists/{template['id']}/favorites"
    body = {"users": [stan.user_id, str(liv.user_id), liv.user_id]}
    assert shaped(TemplateShape, ada.data("POST", path, json=body))["starred"] is False
    for member in (stan, liv):
        assert member.data("GET", f"/checklists/{template['id']}")["starred"] is True
    assert errors_of(ada, "POST", path, json={"users": [otto.user_id]}) == {
        "users": ["Some users are not valid members of this organization"]
    }
    for wrong in ({}, {"users": []}, {"users": "x"}, {"users": None}):
        assert list(errors_of(ada, "POST", path, json=wrong)) == ["users"]
    assert stan.post(path, json=body).status_code == 403
    assert otto.post(path, json=body).status_code == 404


def test_which_templates_exist(ada: Client, liv: Client, otto: Client) -> None:
    live, archived, foreign = new_template(ada), new_template(ada), new_template(otto)
    ada.delete(f"/checklists/{archived['id']}")
    ids = [live["id"], archived["id"], foreign["id"], "0" * 32, "nonsense", 7]
    assert ada.data("POST", "/checklists/exists", json={"ids": ids}) == {
        live["id"]: True, archived["id"]: False, foreign["id"]: False, "0" * 32: False, "nonsense": False,
    }  # fmt: skip
    assert liv.data("POST", "/checklists/exists", json={"ids": [live["id"]]}) == {live["id"]: False}
    assert ada.data("POST", "/checklists/exists", json={"ids": []}) == {}
    for wrong in ({}, {"ids": "x"}, {"ids": ["x"] * 1001}):
        assert list(errors_of(ada, "POST", "/checklists/exists", json=wrong)) == ["ids"]
