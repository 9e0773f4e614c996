"""What lists of tasks can be narrowed by, and their orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.drawn import draw, group_of, launched, new_folder, new_tag, put_row, reasons, step
from tests.api.oneoffs import in_days, one_off, to
from tests.conftest import Client, House, Server, make_house


@pytest.fixture
def own(database: str, server: Server) -> Iterator[House]:
    with make_house(database, server.origin, "Hooli") as made:
        yield made


def found(client: Client, query: str, path: str = "/tasks") -> str:
    """The titles in the order of the list."""
    return "".join(task["title"] for task in client.data("GET", f"{path}?{query}"))


def finish(client: Client, *tasks: dict[str, Any]) -> None:
    for task in tasks:
        client.data("POST", "/completed-tasks", json={"task_id": task["id"]})


@pytest.mark.rule("P-023")
def test_by_status(own: House) -> None:
    ada = own.ada
    one_off(ada, "A", deadline=in_days(-1))
    one_off(ada, "B", deadline=in_days(0.5))
    one_off(ada, "C", deadline=in_days(3), started_at=in_days(1))
    started = one_off(ada, "D", form_fields=[{"label": "Q", "field_type": "text", "required": False}])
    ada.data("PUT", f"/tasks/{started['id']}", json={"status": "in-progress"})
    finish(ada, one_off(ada, "E"))
    troubled = one_off(ada, "F")
    assert ada.post(f"/tasks/{troubled['id']}/problem", json={"content": "Broken"}).status_code == 201
    gone = one_off(ada, "G")
    assert ada.delete(f"/tasks/{gone['id']}").status_code == 204
    expected = {
        "": "ABCDEF", "all": "ABCDEF", "active": "ABCDF", "incomplete": "ABCDF", "active_visible": "ABDF",
        "complete": "E", "completed": "E", "not-started": "ABCF", "inprogress": "D", "in-progress": "D",
        "hasproblem": "F", "problem": "F", "issue": "F", "overdue": "A", "due_soon": "B", "on_time": "CDF",
        "on time": "CDF", "on-time": "CDF", "archived": "G", "draft": "", "completed,overdue": "AE",
        "whatever": "ABCDEF", "auto-skipped": "",
    }  # fmt: skip
    titles = {status: found(ada, f"status={status}&sort=created_at") for status in expected}
    assert titles == expected
    assert found(ada, "archived=true&sort=created_at") == "ABCDEFG"
    assert found(ada, "archived=only") == "G"


def test_by_words(database: str, own: House) -> None:
    launched(own.ada, draw(database, own.ada, step("Call the client")), name="Acme intake")
    one_off(own.ada, "Order laptop")
    assert (
        found(own.ada, "q=ACME")
        == found(own.ada, "q=call")
        == found(own.ada, "q=client acme")
        == "Call the client"
    )
    assert found(own.ada, "q=lapt") == "Order laptop"
    assert found(own.ada, "q=acme laptop") == ""


def test_by_people(database: str, own: House) -> None:
    ada, stan, liv = own.ada, own.stan, own.liv
    group = group_of(database, ada, liv)
    role = put_row(database, ada, "job_titles", name="Buyer")
    one_off(ada, "A", owners=to(stan))
    one_off(ada, "B", owners=to(groups=(group,)))
    one_off(stan, "C", owners=to(guests=("mira@client.example",)))
    one_off(ada, "D")
    launched(ada, draw(database, ada, step("E", roles=[role], assign_run_starter=False)))
    queries = {
        f"owners={stan.user_id}": "AC", f"owners={liv.user_id},{stan.user_id}": "ABC", "owners=nobody": "",
        f"assignee={liv.user_id}": "B", "assignee=me": "", "guests=MIRA@client.example,x@y.example": "C",
        f"groups={group}": "B", f"roles={role}": "E", "unassigned=true": "DE", "unassigned=1": "DE",
        f"starter_id={stan.user_id}": "C", "created_for_others=true": "AB",
    }  # fmt: skip
    assert {query: found(ada, f"{query}&sort=created_at") for query in queries} == queries
    assert found(stan, "assignee=me&sort=created_at") == "AC"


def test_by_place(database: str, own: House) -> None:
    ada = own.ada
    tag, folder = new_tag(database, ada), new_folder(database, ada)
    title = next(one["title"] for one in ada.data("GET", f"/tasks/{one_off(ada, 'A', tags=[tag])['id']}?with=tags")
                 ["tags"]["data"])  # fmt: skip
    template = draw(database, ada, step("B"))
    process = launched(ada, template, tags=[tag], folders=[folder])
    one_off(ada, "C", folders=[folder])
    queries = {
        f"tag={tag}": "AB", f"tag={title.upper()}": "AB", "tag=unknown": "", f"folder={folder}": "BC",
        f"checklist_id={template.id}": "B", f"blueprint_id={template.id}": "B", f"template={template.id}": "B",
        f"run_id={process['id']}": "B", f"process={process['id']},{'f' * 32}": "B", "is_oneoff=true": "AC",
        "is_oneoff=False": "B", "task_type=approval": "", "task_type=standard": "ABC",
    }  # fmt: skip
    assert {query: found(ada, f"{query}&sort=created_at") for query in queries} == queries


def test_by_day(own: House) -> None:
    ada = own.ada
    for title, due in (
        ("A", "2030-03-01T00:00:00Z"),
        ("B", "2030-03-01 23:59:59"),
        ("C", "2030-03-02"),
        ("D", "2030-03-05"),
    ):
        one_off(ada, title, deadline=due)
    finish(ada, one_off(ada, "E", deadline="2031-01-01"))
    today = datetime.now(UTC).date()
    queries = {
        "deadline_on=2030-03-01": "AB", "deadline_start_range=2030-03-02": "CDE",
        "deadline_start_range=2030-03-01&deadline_end_range=2030-03-02": "ABC", "deadline_end_range=2030-03-01": "AB",
        "deadline_before=2030-03-02": "AB", "deadline_after=2030-03-02": "DE",
        "deadline_on=2030-03-02&deadline_before=2030-03-02": "C", f"created={today}": "ABCDE",
        f"created={today - timedelta(days=9)}:{today}": "ABCDE", f"created={today - timedelta(days=1)}": "",
        f"completed_after={today - timedelta(days=1)}": "E", f"completed_after={today}": "",
        f"completed_before={today}": "",
    }  # fmt: skip
    assert {query: found(ada, f"{query}&sort=created_at") for query in queries} == queries


@pytest.mark.parametrize(
    ("query", "field"),
    [("deadline_on=tomorrow", "deadline_on"), ("created=2030-99-01", "created"), ("created=2030-01-01:x", "created"),
     ("completed_before=yesterday", "completed_before")],
)  # fmt: skip
def test_a_day_that_is_none_is_refused(ada: Client, query: str, field: str) -> None:
    assert reasons(ada, "GET", f"/tasks?{query}").keys() == {field}
    assert reasons(ada, "GET", f"/me/tasks?{query}").keys() == {field}


def test_days_are_those_of_the_organization(database: str, own: House) -> None:
    put_timezone(database, own, "Asia/Tokyo")
    one_off(own.ada, "A", deadline="2030-03-01T20:00:00Z")
    assert found(own.ada, "deadline_on=2030-03-02") == "A"
    assert found(own.ada, "deadline_on=2030-03-01") == ""


def put_timezone(database: str, own: House, zone: str) -> None:
    import psycopg

    from stepwell.organizations.setup import enter

    with psycopg.connect(database) as owner:
        enter(owner, own.id)
        owner.execute("UPDATE organizations SET timezone = %s WHERE organization_id = %s", [zone, own.id])


def test_by_custom_field(own: House) -> None:
    one_off(own.ada, "A", custom_fields={"cost_center": "CC-9"})
    one_off(own.ada, "B", custom_fields={"cost_center": "CC-8"})
    assert found(own.ada, "custom_field_key=cost_center&custom_field_value=CC-9") == "A"
    assert found(own.ada, "custom_field_key=cost_center&sort=title") == "AB"


def test_where_i_am_mentioned(own: House) -> None:
    task = one_off(own.ada, "A")
    one_off(own.ada, "B")
    own.ada.data("POST", f"/tasks/{task['id']}/comment", 201, json={"content": f"Look @[{own.stan.user_id}]"})
    assert found(own.stan, "mentioned=true") == "A"
    assert found(own.ada, "mentioned=true") == ""


def test_a_persons_list_takes_the_same_filters(database: str, own: House) -> None:
    tag = new_tag(database, own.ada)
    one_off(own.ada, "A", owners=to(own.stan), tags=[tag])
    one_off(own.ada, "B", owners=to(own.stan))
    assert found(own.stan, f"tag={tag}", "/me/tasks") == "A"
    assert found(own.stan, "q=b&status=all", "/me/tasks") == "B"
    assert found(own.ada, "overdue=1&status=overdue", f"/users/{own.stan.user_id}/tasks") == ""


def test_orders(own: House) -> None:
    ada = own.ada
    one_off(ada, "A", deadline=in_days(3), owners=to(ada))
    second = one_off(ada, "b", deadline=in_days(1), owners=to(ada))
    third = one_off(ada, "C", deadline=in_days(2), owners=to(ada))
    ada.data("PUT", f"/tasks/{second['id']}", json={"summary": "changed"})
    ada.post(f"/tasks/{third['id']}/problem", json={"content": "Broken"})
    expected = {
        "": "CbA", "sort=newest": "CbA", "sort=-newest": "AbC", "sort=created_at": "AbC", "sort=-created_at": "CbA",
        "sort=deadline": "bCA", "sort=-deadline": "ACb", "sort=title": "AbC", "sort=-title": "CbA",
        "sort=nonsense": "CbA", "sort_by=deadline&sort=desc": "ACb", "sort_by=title": "AbC",
    }  # fmt: skip
    for path in ("/tasks", "/me/tasks", f"/users/{ada.user_id}/tasks"):
        assert {query: found(ada, query, path) for query in expected} == expected
        assert found(ada, "sort=problems", path)[0] == "C"
        assert found(ada, "sort=last_updated", path)[0] == "A"
    finish(ada, second)
    finish(ada, ada.data("GET", "/tasks?q=A")[0])
    assert found(ada, "sort=completed_newest&status=completed") == "Ab"
    assert found(ada, "sort=completed_at") == "bAC"
    assert found(ada, "sort=-completed_at") == "AbC"
