"""The list of processes: who sees what, how it is paged and sorted, exact totals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from stepwell.organizations.setup import enter
from stepwell.processes.schemas import ProcessShape
from tests.api.drawn import Drawn, draw, grant, group_of, join_as, launched, step
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped


@pytest.fixture
def own(database: str, server: Server) -> Iterator[House]:
    """An organization of its own, for exact totals."""
    with make_house(database, server.origin, "Counted") as made:
        yield made


def total(client: Client, query: str = "") -> int:
    return int(client.get(f"/runs?{query}").json()["meta"]["pagination"]["total"])


def ids(client: Client, query: str = "") -> list[str]:
    return [one["id"] for one in client.data("GET", f"/runs?{query}")]


@pytest.fixture
def few(database: str, ada: Client) -> tuple[Drawn, list[str]]:
    template = draw(database, ada, step("Call"), title="Few")
    return template, [launched(ada, template, name=name)["id"] for name in ("Beta", "alpha", "Gamma")]


def test_each_row_is_a_whole_process(ada: Client, few: tuple[Drawn, list[str]]) -> None:
    rows = ada.data("GET", f"/runs?checklist_id={few[0].id}&with=tags,next_task")
    for row in rows:
        shaped(ProcessShape, row, "tags", "next_task")
        assert isinstance(row["progress"], dict)
    assert [row["id"] for row in rows] == few[1][::-1]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", ["Gamma", "alpha", "Beta"]),
        ("sort=-created_at", ["Gamma", "alpha", "Beta"]),
        ("sort=created_at", ["Beta", "alpha", "Gamma"]),
        ("sort_by=name", ["alpha", "Beta", "Gamma"]),
        ("sort=-name", ["Gamma", "Beta", "alpha"]),
        ("sort_by=name&sort=desc", ["Gamma", "Beta", "alpha"]),
        ("sort=last_updated", ["alpha", "Gamma", "Beta"]),
        ("sort=-updated_at", ["Beta", "Gamma", "alpha"]),
        ("sort=due_date", ["Gamma", "Beta", "alpha"]),
        ("sort=nonsense", ["Gamma", "alpha", "Beta"]),
    ],
)
def test_every_order(ada: Client, few: tuple[Drawn, list[str]], sort: str, names: list[str]) -> None:
    template, (beta, _, gamma) = few
    ada.data("PUT", f"/runs/{gamma}", json={"due_date": "2020-01-01"})
    with_ties_broken = {"summary": "changed last"}
    ada.data("PUT", f"/runs/{beta}", json=with_ties_broken)
    if "due_date" in sort:
        ada.data("PUT", f"/runs/{beta}", json={"due_date": "2021-01-01"})
    assert [one["name"] for one in ada.data("GET", f"/runs?checklist_id={template.id}&{sort}")] == names


def test_orders_by_state(ada: Client, few: tuple[Drawn, list[str]]) -> None:
    template, (beta, *_) = few
    ada.data("POST", f"/runs/{beta}/complete")
    assert ids(ada, f"checklist_id={template.id}&sort=completed_at")[0] == beta
    assert ids(ada, f"checklist_id={template.id}&sort=-status")[0] == beta
    assert len(ids(ada, f"checklist_id={template.id}&sort=-problems")) == 3


def test_pages(ada: Client, few: tuple[Drawn, list[str]]) -> None:
    query = f"checklist_id={few[0].id}"
    first = ada.get(f"/runs?{query}&per_page=2").json()
    assert first["meta"]["pagination"] == {
        "total": 3,
        "count": 2,
        "per_page": 2,
        "current_page": 1,
        "total_pages": 2,
        "has_more_pages": True,
        "links": first["meta"]["pagination"]["links"],
    }
    assert ids(ada, f"{query}&per_page=2&page=2") == few[1][:1]
    assert ids(ada, f"{query}&limit=2") == ids(ada, f"{query}&per_page=2")
    past = ada.get(f"/runs?{query}&page=9").json()
    assert (past["data"], past["meta"]["pagination"]["has_more_pages"]) == ([], False)
    for everything in ("without_pagination=true", "pagination=false"):
        assert len(ids(ada, f"{query}&per_page=1&{everything}")) == 3
    for odd in ("per_page=0", "per_page=x", "page=-1", "per_page=1000"):
        assert len(ids(ada, f"{query}&{odd}")) == 3


@pytest.mark.rule("P-210", "P-211", "P-213")
def test_totals_are_exact_for_every_role(database: str, own: House) -> None:
    """They are kept by triggers; a filter that holds for all makes the database count."""
    ada, stan, liv = own.ada, own.stan, own.liv
    opened = draw(database, ada, step("Call"))
    closed = draw(database, ada, step("Call"))
    grant(database, ada, closed, "PROCESS_READ")
    runs = [launched(ada, template)["id"] for template in (opened, opened, closed, closed)]
    expected = {ada: 4, stan: 2, liv: 0}

    def check() -> None:
        for client, count in expected.items():
            assert total(client) == total(client, "status=all") == len(ids(client)) == count

    check()
    ada.data("PUT", f"/runs/{runs[2]}", json={"users": [stan.user_id, liv.user_id]})
    expected |= {stan: 3, liv: 1}
    check()
    ada.data("DELETE", f"/runs/{runs[2]}")
    expected = {ada: 3, stan: 2, liv: 0}
    check()
    ada.data("PUT", f"/runs/{runs[2]}/activate")
    expected = {ada: 4, stan: 3, liv: 1}
    check()
    ada.data("PUT", f"/runs/{runs[2]}", json={"users": []})
    ada.data("PUT", f"/runs/{runs[0]}", json={"owner_id": liv.user_id})
    ada.data("PUT", f"/runs/{runs[0]}/permissions", json={})
    expected = {ada: 4, stan: 1, liv: 1}
    check()
    ada.data("PUT", f"/runs/{runs[3]}/permissions", json={"everyone": True})
    expected = {ada: 4, stan: 2, liv: 1}
    check()
    ada.data("DELETE", f"/runs/{runs[1]}")
    assert ada.delete(f"/runs/{runs[1]}/delete").status_code == 200
    expected = {ada: 3, stan: 1, liv: 1}
    check()


@pytest.mark.rule("P-211")
def test_involvement_of_every_kind_lists_a_process(database: str, own: House) -> None:
    ada, liv = own.ada, own.liv
    group = group_of(database, ada, liv)
    template = draw(
        database, ada, step("Call", assign_run_starter=False), step("Hidden", hide_by_default=True)
    )
    call, hidden = template.steps["Call"], template.steps["Hidden"]
    ways: list[dict[str, Any]] = [
        {"owner_id": liv.user_id},
        {"user_id": liv.user_id},
        {"users": [liv.user_id]},
        {"groups": [group]},
        {"tasks": {call: {"owners": {"users": [liv.user_id]}}}},
        {"tasks": {call: {"owners": {"groups": [group]}}}},
        {"tasks": {hidden: {"owners": {"users": [liv.user_id]}}}},
    ]
    launched(ada, template)
    seen = [launched(ada, template, **way)["id"] for way in ways]
    assert ids(liv) == seen[::-1]
    assert total(liv) == len(ways)


def test_another_organization_lists_nothing_of_it(
    ada: Client, otto: Client, few: tuple[Drawn, list[str]]
) -> None:
    assert ids(otto, f"checklist_id={few[0].id}") == []
    answer = otto.get(f"{ada.root}/organizations/{ada.organization_id}/runs")
    assert (answer.status_code, answer.json()["code"]) == (403, "ORG_FORBIDDEN")


def test_the_kept_totals_equal_a_count(database: str, own: House) -> None:
    ada = own.ada
    template = draw(database, ada, step("Call"))
    others = [join_as(database, ada, "standard") for _ in range(2)]
    runs = [launched(client, template)["id"] for client in (ada, *others, own.stan)]
    ada.data("DELETE", f"/runs/{runs[0]}")
    with psycopg.connect(database) as owner:
        enter(owner, UUID(ada.organization_id))
        kept = owner.execute(
            "SELECT total(%s, 'live', ''), total(%s, 'open to all', '')", [own.id, own.id]
        ).fetchone()
        counted = owner.execute(
            "SELECT count(*), count(*) FILTER (WHERE everyone_reads) FROM processes"
            " WHERE organization_id = %s AND archived_at IS NULL",
            [own.id],
        ).fetchone()
        assert kept == counted == (3, 3)
        wrong = owner.execute(
            "SELECT person_id FROM process_viewers WHERE organization_id = %s GROUP BY person_id"
            " HAVING total(%s, 'viewed', person_id::text) <> count(*) FILTER (WHERE NOT archived)",
            [own.id, own.id],
        ).fetchall()
        assert wrong == []
