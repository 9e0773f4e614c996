"""What the list of processes can be narrowed by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.drawn import (
    Drawn,
    asks,
    draw,
    group_of,
    launched,
    new_folder,
    new_tag,
    reasons,
    step,
    tasks_by_title,
)
from tests.conftest import Client, House

Runs = dict[str, str]


@pytest.fixture(scope="module")
def tagged(database: str, house: House) -> tuple[str, str]:
    return new_tag(database, house.ada), new_tag(database, house.ada)


@pytest.fixture(scope="module")
def folder(database: str, house: House) -> str:
    return new_folder(database, house.ada)


@pytest.fixture(scope="module")
def group(database: str, house: House) -> str:
    return group_of(database, house.ada, house.liv)


@pytest.fixture(scope="module")
def template(database: str, house: House) -> Drawn:
    return draw(database, house.ada, step("Call"), step("Visit"), kickoff=[asks("Client")], title="Filtered")


@pytest.fixture(scope="module")
def runs(house: House, template: Drawn, tagged: tuple[str, str], folder: str, group: str) -> Runs:
    """Processes by name, one for each kind of filter."""
    ada, stan, call = house.ada, house.stan, template.steps["Call"]

    def run(name: str, client: Client = ada, **body: Any) -> str:
        return str(launched(client, template, name=name, **body)["id"])

    made = {
        "plain": run("Plain Okafor", prerun={template.fields["Client"]: "Globex"}),
        "stan": run("Of Stan 100%_", stan),
        "tag": run("One tag", tags=[tagged[0]]),
        "tags": run("Two tags", tags=list(tagged)),
        "folder": run("In a folder", folders=[folder]),
        "group": run("With a group", groups=[group]),
        "guest": run(
            "With a guest", tasks={call: {"owners": {"guests": ["mira@client.example"], "groups": [group]}}}
        ),
        "late": run("Late", tasks={call: {"deadline": "2020-01-01T10:00:00Z"}}),
        "complete": run("Done"),
        "archived": run("Archived"),
        "begun": run("Begun"),
    }
    made["child"] = run("Child", parent_id=made["plain"])
    ada.data("POST", f"/runs/{made['complete']}/complete")
    ada.data("DELETE", f"/runs/{made['archived']}")
    ada.data("PUT", f"/runs/{made['plain']}", json={"starred": True})
    task = tasks_by_title(ada, {"id": made["begun"]})["Call"]["id"]
    ada.data("POST", f"/runs/{made['begun']}/completed-tasks", json={"task_id": task})
    return made


@pytest.fixture
def found(ada: Client, template: Drawn, runs: Runs) -> Any:
    """The names of the processes that a query finds."""
    names = {id: name for name, id in runs.items()}

    def find(query: str, client: Client = ada) -> set[str]:
        rows = client.data("GET", f"/runs?checklist_id={template.id}&per_page=100&{query}")
        return {names[row["id"]] for row in rows}

    return find


LIVE = {"plain", "stan", "tag", "tags", "folder", "group", "guest", "late", "complete", "begun", "child"}


@pytest.mark.rule("P-004")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", LIVE),
        ("status=all", LIVE),
        ("status=active", LIVE - {"complete"}),
        ("status=complete", {"complete"}),
        ("status=completed", {"complete"}),
        ("status=archived", {"archived"}),
        ("status=complete,archived", {"complete", "archived"}),
        ("status=active,problem", LIVE - {"complete"}),
        ("status[]=complete&status[]=archived", {"complete", "archived"}),
        ("status=delayed", {"late"}),
        ("status=overdue", {"late"}),
        ("status=starred", {"plain"}),
        ("status=draft", set()),
        ("status=problem", set()),
        ("status=issue", set()),
        ("status=improvement", set()),
        ("archived=only", {"archived"}),
        ("archived=true", LIVE | {"archived"}),
        ("archived=true&status=active", LIVE - {"complete"}),
    ],
)
def test_by_state(found: Any, query: str, expected: set[str]) -> None:
    assert found(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=okaf", {"plain"}),
        ("q=IN A FOLDER", {"folder"}),
        ("q=with a g", {"group", "guest"}),
        ("q=g a with", set()),
        ("q=100%25_", {"stan"}),
        ("q=%25", {"stan"}),
        ("q=globex", set()),
        ("q=globex&search_kickoff=true", {"plain"}),
        ("starred=true", {"plain"}),
        ("starred=false", LIVE - {"plain"}),
        ("type=procedure", LIVE),
        ("type=form,document", set()),
        ("task_status=completed", {"begun", "complete"}),
        ("task_status=all", LIVE),
        ("untagged=true", LIVE - {"tag", "tags"}),
    ],
)
def test_by_words(found: Any, query: str, expected: set[str]) -> None:
    assert found(query) == expected


def test_a_star_is_the_callers_own(found: Any, stan: Client) -> None:
    assert found("starred=true", stan) == set()


def test_by_people(found: Any, ada: Client, stan: Client, liv: Client, group: str) -> None:
    assert found(f"owners={stan.user_id}") == {"stan"}
    assert found(f"owners={stan.user_id},{ada.user_id}") == LIVE
    assert found(f"owners={liv.user_id}") == {"guest"}
    assert found("owners=nonsense") == set()
    assert found(f"started_by={stan.user_id}") == {"stan"}
    assert found(f"groups={group}") == {"group", "guest"}
    assert found("guests=Mira@client.example,x@y.example") == {"guest"}
    assert found("guests=nobody@client.example") == set()


def test_by_places(
    found: Any, runs: Runs, tagged: tuple[str, str], folder: str, ada: Client, template: Drawn
) -> None:
    one, two = tagged
    assert found(f"tag={one}") == {"tag", "tags"}
    assert found(f"tag={one},{two}") == found(f"tag_ids={one},{two}") == {"tags"}
    assert found(f"tag_ids={two}") == {"tags"}
    title = ada.data("GET", f"/runs/{runs['tag']}?with=tags")["tags"]["data"][0]["title"]
    assert found(f"tag={title.upper()}") == {"tag", "tags"}
    assert found("tag=no such tag") == set()
    assert found(f"folder={folder}") == {"folder"}
    assert found(f"folder={'0' * 32}") == set()
    assert found(f"parent_id={runs['plain']}") == {"child"}
    assert [row["id"] for row in ada.data("GET", f"/runs?blueprint_id={template.id}&q=Late")] == [
        runs["late"]
    ]
    assert ada.data("GET", "/runs?checklist_id=nonsense") == []


def test_by_days(found: Any) -> None:
    today = datetime.now(UTC).date()
    day = timedelta(days=1)
    assert found(f"created_after={today - day}") == found(f"created_before={today + day}") == LIVE
    assert found(f"created_after={today}") == found(f"created_before={today}") == set()
    assert found("due_before=2100-01-01") == LIVE
    assert found(f"due_after={today + 30 * day}") == set()
    assert found(f"due_after={today + day}&due_before={today + 30 * day}&status=active") == LIVE - {
        "complete"
    }


@pytest.mark.parametrize("name", ["created_after", "created_before", "due_after", "due_before"])
def test_a_day_must_be_one(ada: Client, name: str) -> None:
    assert list(reasons(ada, "GET", f"/runs?{name}=soon")) == [name]


def test_filters_add_up_and_are_counted(ada: Client, template: Drawn, found: Any) -> None:
    assert found("status=active&task_status=completed&q=beg") == {"begun"}
    meta = ada.get(f"/runs?checklist_id={template.id}&per_page=2").json()["meta"]["pagination"]
    assert meta["total"] == len(LIVE)


@pytest.mark.rule("P-004", "P-003")
def test_by_issues_and_improvements(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    problem, issue, improved = (launched(ada, template)["id"] for _ in range(3))
    task = {run: tasks_by_title(ada, {"id": run})["Call"]["id"] for run in (problem, issue, improved)}
    assert ada.post(f"/tasks/{task[problem]}/problem", json={"content": "Broken"}).status_code == 201
    assert ada.post(f"/runs/{issue}/problem", json={"content": "Broken"}).status_code == 201
    body = {"content": "Better", "label": "improvement"}
    assert ada.post(f"/tasks/{task[improved]}/comment", json=body).status_code == 201

    def find(status: str) -> set[str]:
        return {row["id"] for row in ada.data("GET", f"/runs?checklist_id={template.id}&status={status}")}

    assert find("problem") == {problem, issue}
    assert find("issue") == {issue}
    assert find("improvement") == find("active") == {improved}
    assert ada.data("GET", f"/runs?checklist_id={template.id}&sort=-problems")[-1]["id"] == improved
