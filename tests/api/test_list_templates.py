"""GET /checklists: filters, orders and pages. One organization, drawn once; no test changes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stepwell.templates.schemas import TemplateShape
from tests.api.drawn import draw, step
from tests.api.made import Maker, new_template
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped

EXPORT_KEYS = {
    "id", "owner_id", "created_by", "alias", "steps_count", "industry_tags", "topic_tags", "folder_id",
    "kickoff_title", "kickoff_description", "started_processes", "created_at", "last_updated", "archived_at",
}  # fmt: skip


@dataclass
class Shelf:
    """A house with templates named after what is special about each."""

    house: House
    tags: dict[str, str]
    folder: str
    inner: str

    @property
    def ada(self) -> Client:
        return self.house.ada

    def titles(self, query: str = "", client: Client | None = None) -> list[str]:
        return [row["title"] for row in (client or self.ada).data("GET", f"/checklists?per_page=100&{query}")]


@pytest.fixture(scope="module")
def shelf(database: str, server: Server) -> Iterator[Shelf]:
    with make_house(database, server.origin, "Shelves") as house:
        ada, stan, maker = house.ada, house.stan, Maker(database, house.ada)
        tags = {title: maker.tag(title) for title in ("Finance", "Legal")}
        folder = maker.folder()
        inner = maker.folder(parent=folder)
        draw(database, ada, step("A"), step("B"), title="Two steps")
        new_template(ada, "Alpha form", type="form", folder_id=folder, tags=[tags["Finance"], tags["Legal"]])
        new_template(ada, "beta document", type="document", folder_id=inner, tags=[tags["Finance"]])
        new_template(ada, "Starred", starred=True, is_public=True)
        new_template(stan, "Stan's", status="in_progress")
        live = new_template(ada, "Published")
        ada.data("PUT", f"/checklists/{live['id']}/publish")
        old = new_template(ada, "Archived")
        ada.delete(f"/checklists/{old['id']}")
        pinned = new_template(ada, "Pinned", status="finishing")
        ada.data("PUT", f"/checklists/{pinned['id']}", json={"title": "Pinned", "is_pinned": True})
        used = new_template(ada, "Used")
        ada.data("POST", "/runs", 201, json={"checklist_id": used["id"], "name": "One"})
        yield Shelf(house, tags, folder, inner)


ALL = ["Pinned", "Used", "Published", "Stan's", "Starred", "beta document", "Alpha form", "Two steps"]


def test_pinned_first_then_those_changed_last(shelf: Shelf) -> None:
    assert shelf.titles() == ALL


def test_each_row_is_a_whole_template(shelf: Shelf) -> None:
    for row in shelf.ada.data("GET", "/checklists?per_page=100"):
        assert set(shaped(TemplateShape, row)) >= EXPORT_KEYS
    for row in shelf.ada.data("GET", "/checklists?with=steps,prerun,no-such,steps.threads&per_page=100"):
        assert len(shaped(TemplateShape, row, "steps")["steps"]["data"]) == row["steps_count"]


@pytest.mark.rule("T-012")
@pytest.mark.parametrize(
    ("order", "first", "last"),
    [
        ("sort_by=title", "Alpha form", "Used"),
        ("sort_by=-title", "Used", "Alpha form"),
        ("sort=name", "Alpha form", "Used"),
        ("sort=-name", "Used", "Alpha form"),
        ("sort_by=title&sort=desc", "Used", "Alpha form"),
        ("sort_by=created", "Two steps", "Used"),
        ("sort=-created_at", "Used", "Two steps"),
        ("sort=updated_at", "Two steps", "Used"),
        ("sort_by=-last_updated", "Used", "Two steps"),
        ("sort_by=-steps_count", "Two steps", None),
        ("sort_by=-started_processes", "Used", None),
        ("sort_by=-starred", "Starred", None),
        ("sort_by=-owner", "Stan's", None),
        ("sort_by=type", "beta document", None),
        ("sort_by=id", "Two steps", "Used"),
        ("sort_by=-status", None, None),
        ("sort_by=nonsense", "Used", "Two steps"),
    ],
)
def test_orders(shelf: Shelf, order: str, first: str | None, last: str | None) -> None:
    titles = shelf.titles(order)
    assert sorted(titles) == sorted(ALL)
    assert titles[0] == "Pinned"
    assert first is None or titles[1] == first
    assert last is None or titles[-1] == last


@pytest.mark.rule("T-007")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ALPHA", {"Alpha form"}),
        ("q=tw%20step", {"Two steps"}),
        ("q=two+steps", {"Two steps"}),
        ("q=%25", set()),
        ("q=%5C_", set()),
        ("status=active", set(ALL)),
        ("status=archived", {"Archived"}),
        ("status=draft", set(ALL) - {"Published"}),
        ("status=completed", set()),
        ("status=issue", set()),
        ("status=in_progress", {"Stan's"}),
        ("status=finishing", {"Pinned"}),
        ("status=started", set(ALL) - {"Stan's", "Pinned"}),
        ("status=nonsense", set()),
        ("type=form", {"Alpha form"}),
        ("type=form,document", {"Alpha form", "beta document"}),
        ("type=x", set()),
        ("starred=true", {"Starred"}),
        ("starred=1", {"Starred"}),
        ("starred=0", set(ALL) - {"Starred"}),
        ("archived=only", {"Archived"}),
        ("archived=1", {*ALL, "Archived"}),
        ("archived=yes", {*ALL, "Archived"}),
        ("archived=0", set(ALL)),
        ("is_public=1", {"Starred"}),
        ("is_pinned=true", {"Pinned"}),
        ("is_pinned=false", set(ALL) - {"Pinned"}),
        ("version=7", set(ALL)),
        ("q=starred&starred=1&type=procedure", {"Starred"}),
    ],
)
def test_filters(shelf: Shelf, query: str, found: set[str]) -> None:
    assert set(shelf.titles(query)) == found


@pytest.mark.parametrize("name", ["folder", "folder_id"])
def test_by_folder_direct_members_only(shelf: Shelf, name: str) -> None:
    assert shelf.titles(f"{name}={shelf.folder}") == ["Alpha form"]
    assert set(shelf.titles(f"{name}={shelf.folder},{shelf.inner}")) == {"Alpha form", "beta document"}
    filed = {"Alpha form", "beta document"}
    assert set(shelf.titles(f"{name}=none")) == set(shelf.titles(f"{name}=0")) == set(ALL) - filed
    assert shelf.titles(f"{name}=nonsense") == []


def test_by_tags_all_of_which_must_be_there(shelf: Shelf) -> None:
    finance, legal = shelf.tags["Finance"], shelf.tags["Legal"]
    assert set(shelf.titles(f"tag={finance}")) == {"Alpha form", "beta document"}
    assert shelf.titles(f"tag={finance},{legal}") == ["Alpha form"]
    assert shelf.titles(f"tag[]={finance}&tag[]=legal") == ["Alpha form"]
    assert shelf.titles("tag=no-such") == []


def test_by_owner(shelf: Shelf) -> None:
    stan = shelf.house.stan.user_id
    assert shelf.titles(f"owner_id={stan}") == ["Stan's"]
    assert set(shelf.titles(f"owner_id={stan},{shelf.ada.user_id}")) == set(ALL)
    assert shelf.titles("owner_id=x") == []


def test_stars_are_the_callers(shelf: Shelf) -> None:
    assert shelf.titles("starred=1", shelf.house.stan) == []


@pytest.mark.rule("T-186", "T-189")
def test_a_light_member_sees_only_templates_that_name_him(shelf: Shelf) -> None:
    assert shelf.titles("", shelf.house.liv) == []
    assert shelf.titles("", shelf.house.stan) == ALL


def pagination(shelf: Shelf, query: str) -> dict[str, Any]:
    return dict(shelf.ada.get(f"/checklists?{query}").json()["meta"]["pagination"])


def test_pages(shelf: Shelf) -> None:
    first = pagination(shelf, "per_page=3&q=")
    links = first.pop("links")
    assert first == {
        "total": 8, "count": 3, "per_page": 3, "current_page": 1, "total_pages": 3, "has_more_pages": True,
    }  # fmt: skip
    assert set(links) == {"next"}
    rows = [row["title"] for row in shelf.ada.data("GET", "/checklists?per_page=3")]
    while "next" in links:
        answer = shelf.ada.get(links["next"]).json()
        rows += [row["title"] for row in answer["data"]]
        links = answer["meta"]["pagination"]["links"]
    assert rows == ALL
    assert set(links) == {"previous", "prev"}


@pytest.mark.parametrize(
    ("query", "per_page", "count"),
    [
        ("", 10, 8), ("per_page=0", 10, 8), ("per_page=x", 10, 8), ("per_page=5000", 100, 8), ("limit=2", 2, 2),
        ("per_page=5&page=2", 5, 3), ("per_page=5&page=9", 5, 0), ("per_page=5&page=-1", 5, 5),
        ("without_pagination=true&per_page=2", 8, 8), ("pagination=false", 8, 8),
    ],
)  # fmt: skip
def test_page_sizes(shelf: Shelf, query: str, per_page: int, count: int) -> None:
    found = pagination(shelf, query)
    assert (found["total"], found["per_page"], found["count"]) == (8, per_page, count)


def test_an_empty_list_has_one_page(shelf: Shelf) -> None:
    found = pagination(shelf, "q=nothing-like-it")
    assert (found["total"], found["total_pages"], found["links"]) == (0, 1, {})


def test_another_organizations_list_is_403(shelf: Shelf, otto: Client) -> None:
    answer = otto.get(f"{otto.root}/organizations/{shelf.ada.organization_id}/checklists")
    assert (answer.status_code, answer.json()["code"]) == (403, "ORG_FORBIDDEN")
