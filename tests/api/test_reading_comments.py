from __future__ import annotations

import pytest

from stepwell.comments.schemas import CommentShape
from tests.api.talk import process_of, reported, said
from tests.conftest import Client
from tests.shapes import shaped


def test_comments_are_listed_oldest_first_under_all_their_addresses(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    made = [said(ada, tasks["Call"], f"No. {number}")["id"] for number in range(3)]
    paths = [f"/tasks/{tasks['Call']['id']}/{name}" for name in ("comments", "comment", "threads")]
    for path in (*paths, f"/runs/{process['id']}/tasks/{tasks['Call']['id']}/comments"):
        listed = ada.data("GET", path)
        assert [shaped(CommentShape, one)["id"] for one in listed] == made
    newest = ada.data("GET", f"{paths[0]}?sort=-created_at")
    assert [one["id"] for one in newest] == made[::-1]


def test_comments_come_in_pages(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    made = [said(ada, tasks["Call"], f"No. {number}")["id"] for number in range(3)]
    page = ada.get(f"/tasks/{tasks['Call']['id']}/comments?per_page=2&page=2").json()
    assert [one["id"] for one in page["data"]] == made[2:]
    assert page["meta"]["pagination"]["total"] == 3
    assert page["meta"]["pagination"]["total_pages"] == 2


def test_comments_are_filtered_by_label_and_state(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    path = f"/tasks/{tasks['Call']['id']}/comments"
    plain, issue = said(ada, tasks["Call"], "Hi", state="open")["id"], reported(ada, tasks["Call"])["id"]
    advice = said(ada, tasks["Call"], "Hm", label="advice")["id"]
    for query, expected in {
        "label=problem": [issue],
        "label=Problem,advice": [issue, advice],
        "state=open": [plain],
        "label=advice&state=open": [],
        "label=nonsense": [],
    }.items():
        assert [one["id"] for one in ada.data("GET", f"{path}?{query}")] == expected


@pytest.mark.rule("P-591")
def test_comments_of_people_are_told_from_those_of_the_bot(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call", "Ship")
    path = f"/tasks/{tasks['Call']['id']}/comments"
    plain, issue = said(ada, tasks["Call"], "Hi")["id"], reported(ada, tasks["Call"])["id"]
    ada.data("POST", f"/tasks/{tasks['Call']['id']}/bot-comment", 201, json={"content": "Beep"})
    every = ada.data("GET", path)
    assert [one["author_type"] for one in every] == ["user", "user", "bot"]
    bot = every[2]["id"]
    for query, expected in {
        "author_type=user,guest": [plain, issue],
        "author_type=bot": [bot],
        "label=problem,resolve": [issue],
        "author_type=Bot&label=problem": [],
    }.items():
        assert [one["id"] for one in ada.data("GET", f"{path}?{query}")] == expected
    ada.data("POST", f"/runs/{process['id']}/comment", 201, json={"content": "All fine"})
    listed = ada.data("GET", f"/runs/{process['id']}/comments?author_type=user")
    assert [one["content"] for one in listed] == ["All fine"]
    assert ada.data("GET", f"/runs/{process['id']}/comments?author_type=bot") == []


def test_a_task_shows_its_comments_when_asked(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    plain, issue = said(ada, tasks["Call"], "Hi"), reported(ada, tasks["Call"])
    task = ada.data("GET", f"/tasks/{tasks['Call']['id']}?with=threads,comments,threads_count")
    assert [shaped(CommentShape, one)["id"] for one in task["threads"]["data"]] == [plain["id"], issue["id"]]
    assert [one["id"] for one in task["comments"]["data"]] == [plain["id"]]
    assert task["threads_count"] == {"total": 2, "problems": 1, "comments": 1}


def test_strangers_read_no_comments(database: str, ada: Client, liv: Client, otto: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    said(ada, tasks["Call"], "Hi")
    path = f"/tasks/{tasks['Call']['id']}"
    for address in (f"{path}/comments", f"{path}/comment", f"{path}/threads",
                    f"/runs/{process['id']}{path}/comments"):  # fmt: skip
        assert liv.get(address).status_code == 403
        assert otto.get(address).status_code == 404
