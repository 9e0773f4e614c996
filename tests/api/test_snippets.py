"""Snippets: rich text that templates show by reference and processes keep as it was at their launch."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from stepwell.snippets.schemas import SnippetShape
from stepwell.templates.schemas import DeletedShape
from tests.api.drawn import asks, draw, step
from tests.api.made import errors_of, new_template
from tests.conftest import Client, House, Server, make_house
from tests.shapes import shaped


def new_snippet(
    client: Client, title: str = "Tax note", content: str = "<p>Ask finance.</p>", **more: Any
) -> Any:
    body = {"title": title, "content": content, **more}
    return shaped(SnippetShape, client.data("POST", "/text-templates", 201, json=body))


def block(snippet: Any, tag: str = "span") -> str:
    inside = f'class="insert-snippet-tag" contenteditable="false" data-snippet-id="{snippet["id"]}"'
    return f"<{tag} {inside}>[[{snippet['title']}]]</{tag}>"


@pytest.mark.rule("T-180")
def test_only_administrators_write_and_everybody_reads(
    ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    snippet = new_snippet(ada, content='<p onclick="x()">Ask<script>x</script></p>')
    assert (snippet["content"], snippet["is_public"], snippet["usages"]) == ("<p>Ask</p>", False, 0)
    assert (type(snippet["id"]), snippet["created_by"]) == (int, ada.user_id)
    path = f"/text-templates/{snippet['id']}"
    for member in (ada, stan, liv):
        assert shaped(SnippetShape, member.data("GET", path)) == snippet
    for member in (stan, liv):
        assert member.post("/text-templates", json={"title": "x", "content": "y"}).status_code == 403
        assert member.put(path, json={"title": "x"}).status_code == 403
        assert member.delete(path).status_code == 403
    unknown = f"/text-templates/{snippet['id'] + 10**9}"
    for missing in (
        unknown,
        "/text-templates/x",
        "/text-templates/-1",
        "/text-templates/9999999999999999999",
    ):
        assert ada.get(missing).status_code == 404
        assert ada.put(missing, json={"title": "x"}).status_code == 404
        assert ada.put(missing, json={"title": ""}).status_code == 404
        assert ada.delete(missing).status_code == 404
    assert otto.get(path).status_code == otto.delete(path).status_code == 404


def test_what_is_absent_stays(ada: Client) -> None:
    snippet = new_snippet(ada, is_public=True)
    path = f"/text-templates/{snippet['id']}"
    after = shaped(SnippetShape, ada.data("PUT", path, json={"title": " New ", "id": 1}))
    assert after == {**snippet, "title": "New", "last_updated": after["last_updated"]}
    assert after["last_updated"] > snippet["last_updated"]
    after = shaped(SnippetShape, ada.data("PATCH", path, json={"content": "<b>x</b>", "is_public": "0"}))
    assert (after["title"], after["content"], after["is_public"]) == ("New", "<b>x</b>", False)
    assert ada.data("PUT", path, json={})["content"] == "<b>x</b>"


def test_what_is_refused(ada: Client) -> None:
    path = f"/text-templates/{new_snippet(ada)['id']}"
    assert set(errors_of(ada, "POST", "/text-templates", json={})) == {"title", "content"}
    blank = {"title": " ", "content": " "}
    long = {"title": "t" * 251, "content": "c" * 100_001}
    for wrong in (blank, long, {"title": 5, "content": []}):
        assert set(errors_of(ada, "POST", "/text-templates", json=wrong)) == {"title", "content"}
        assert set(errors_of(ada, "PUT", path, json=wrong)) == {"title", "content"}
    assert errors_of(ada, "PUT", path, json={"is_public": "maybe"}) == {
        "is_public": ["The is public field must be true or false."]
    }


@pytest.fixture
def shelf(database: str, server: Server) -> Iterator[House]:
    with make_house(database, server.origin, "Snippets") as made:
        for title in ("beta", "Alpha", "gamma 100%"):
            new_snippet(made.ada, title)
        yield made


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Alpha", "beta", "gamma 100%"]),
        ("sort=-title", ["gamma 100%", "beta", "Alpha"]),
        ("sort=created_at", ["beta", "Alpha", "gamma 100%"]),
        ("sort=-created_at", ["gamma 100%", "Alpha", "beta"]),
        ("sort=last_updated", ["beta", "Alpha", "gamma 100%"]),
        ("q=ALPH", ["Alpha"]),
        ("q=%25", ["gamma 100%"]),
        ("per_page=1&page=2", ["beta"]),
        ("limit=2", ["Alpha", "beta"]),
        ("page=9", []),
    ],
)
def test_the_list(shelf: House, query: str, titles: list[str]) -> None:
    answer = shelf.liv.get(f"/text-templates?{query}").json()
    assert [shaped(SnippetShape, one)["title"] for one in answer["data"]] == titles
    assert answer["meta"]["pagination"]["total"] == (1 if "q=" in query else 3)


def test_which_exist(ada: Client, liv: Client, otto: Client) -> None:
    snippet, foreign = new_snippet(ada), new_snippet(otto)
    ids = [snippet["id"], str(snippet["id"] + 10**9), "x", None]
    assert liv.data("POST", "/text-templates/exists", json={"ids": ids}) == {
        str(snippet["id"]): True, str(snippet["id"] + 10**9): False, "x": False,
    }  # fmt: skip
    assert list(errors_of(liv, "POST", "/text-templates/exists", json={})) == ["ids"]
    assert foreign["id"] > 0


@pytest.mark.rule("T-182")
def test_deleting_one_removes_its_blocks(database: str, ada: Client) -> None:
    mark = secrets.token_hex(4)
    gone, kept = new_snippet(ada, f"Gone {mark}"), new_snippet(ada)
    text = f"<p>a {block(gone)}{block(kept)} b</p>"
    template = new_template(ada, "Guide", guidance=text, summary=block(gone, "editor-snippet"))
    drawn = draw(
        database, ada, step("Read", asks("Result", guidance=block(gone)), summary=text), step("Other"),
        kickoff=[asks("Tax id", guidance=text)], title="Procedure",
    )  # fmt: skip
    assert ada.data("GET", f"/text-templates/{gone['id']}")["usages"] == 3
    answer = ada.delete(f"/text-templates/{gone['id']}")
    assert answer.status_code == 200
    deleted = shaped(DeletedShape, answer.json())
    assert deleted["message"] == "The Snippet was deleted, and references were also deleted from:"
    assert sorted(deleted["deleted_references"], key=lambda one: one["title"]) == [
        {"type": "Blueprint", "title": "Guide", "id": template["id"]},
        {"type": "Blueprint", "title": "Procedure", "id": drawn.id},
        {"type": "Step", "title": "Read", "id": drawn.steps["Read"]},
    ]
    left = f"<p>a {block(kept)} b</p>"
    after = ada.data("GET", f"/checklists/{template['id']}")
    assert (after["guidance"], after["summary"]) == (left, "")
    after = ada.data("GET", f"/checklists/{drawn.id}?with=steps")
    read = after["steps"]["data"][0]
    assert (read["summary"], read["captures"][0]["guidance"], after["prerun"][0]["guidance"]) == (
        left,
        "",
        left,
    )
    assert ada.get(f"/text-templates/{gone['id']}").status_code == 404
    assert ada.data("GET", f"/text-templates/{kept['id']}")["usages"] == 3


@pytest.mark.rule("T-181")
def test_a_process_keeps_what_a_snippet_said_at_its_launch(database: str, ada: Client) -> None:
    snippet = new_snippet(ada, content="<b>old</b>")
    drawn = draw(database, ada, step("Read", summary=f"<p>{block(snippet)}</p>"))

    def launched() -> Any:
        return ada.data("POST", "/runs", 201, json={"checklist_id": drawn.id, "name": "x"})

    def instructions(process: Any) -> str:
        (task,) = ada.data("GET", f"/runs/{process['id']}/tasks")
        return str(ada.data("GET", f"/runs/{process['id']}/tasks/{task['id']}?with=step")["summary"])

    first = launched()
    ada.data("PUT", f"/text-templates/{snippet['id']}", json={"content": "<b>new</b>"})
    second = launched()
    assert instructions(first) == "<p><b>old</b></p>"
    assert instructions(second) == "<p><b>new</b></p>"
    template = ada.data("GET", f"/checklists/{drawn.id}?with=steps")
    assert template["steps"]["data"][0]["summary"] == f"<p>{block(snippet)}</p>"
    assert template["version"] == 2
    ada.data("PUT", f"/text-templates/{snippet['id']}", json={"title": "Only the title"})
    assert ada.data("GET", f"/checklists/{drawn.id}")["version"] == 2
