from __future__ import annotations

import secrets
from typing import Any

import pytest

from stepwell.tags.schemas import TagShape
from tests.api.drawn import reasons
from tests.api.talk import process_of, template_of
from tests.conftest import Client, Server, make_house
from tests.shapes import shaped


def word() -> str:
    return f"tag {secrets.token_hex(6)}"


def new_tag(client: Client, title: str = "", **more: Any) -> Any:
    return client.data("POST", "/tags", 201, json={"title": title or word(), **more})


@pytest.mark.rule("T-196")
def test_a_tag_has_a_title_a_colour_and_a_kind(ada: Client) -> None:
    title = word()
    tag = shaped(TagShape, new_tag(ada, f" {title} "))
    assert (tag["title"], tag["color"], tag["type"]) == (title, "#3498db", "private")
    assert (tag["auto_generated"], tag["deleted_at"], tag["custom_fields"]) == (False, None, {})
    assert len(tag["created_at"]) == len("2026-02-03T09:15:00.000Z")
    assert shaped(TagShape, ada.data("GET", f"/tags/{tag['id']}")) == tag
    red = new_tag(ada, color="#E74C3C", type="public")
    assert (red["color"], red["type"]) == ("#E74C3C", "public")


@pytest.mark.rule("T-196")
def test_titles_are_short_and_one_of_a_kind_in_whatever_case(ada: Client, otto: Client) -> None:
    title = word()
    tag = new_tag(ada, title)
    taken = {"title": ["The title has already been taken."]}
    assert reasons(ada, "POST", "/tags", json={"title": title.upper()}) == taken
    other = new_tag(ada)
    assert reasons(ada, "PUT", f"/tags/{other['id']}", json={"title": title.upper()}) == taken
    assert ada.data("PUT", f"/tags/{tag['id']}", json={"title": title.upper()})["title"] == title.upper()
    new_tag(otto, title)
    assert reasons(ada, "POST", "/tags", json={"title": "x" * 31, "color": "red"}) == {
        "title": ["The title may not be greater than 30 characters."],
        "color": ["The color format is invalid."],
    }
    for body in ({}, {"title": None}, {"title": " "}):
        assert reasons(ada, "POST", "/tags", json=body) == {"title": ["The title field is required."]}
    for color in ("#12345", "#1234567", "3498db0", "#12345g"):
        assert "color" in reasons(ada, "POST", "/tags", json={"title": word(), "color": color})


def test_a_tag_is_renamed_or_recoloured_alone(ada: Client) -> None:
    tag = new_tag(ada)
    recoloured = shaped(TagShape, ada.data("PUT", f"/tags/{tag['id']}", json={"color": "#000000"}))
    assert recoloured == {**tag, "color": "#000000"}
    title = word()
    assert ada.data("PATCH", f"/tags/{tag['id']}", json={"title": title}) == {**recoloured, "title": title}
    assert ada.data("PUT", f"/tags/{tag['id']}", json={"title": None})["title"] == title
    assert reasons(ada, "PUT", f"/tags/{tag['id']}", json={"color": "x"}) == {
        "color": ["The color format is invalid."]
    }


@pytest.mark.rule("T-196")
def test_only_administrators_make_change_and_delete_tags(
    ada: Client, stan: Client, liv: Client, otto: Client
) -> None:
    tag = new_tag(ada)
    path = f"/tags/{tag['id']}"
    for client in (stan, liv):
        assert client.data("GET", path) == tag
        assert client.post("/tags", json={"title": word()}).status_code == 403
        assert client.put(path, json={"color": "#000000"}).status_code == 403
        assert client.delete(path).status_code == 403
    assert otto.get(path).status_code == 404
    assert otto.put(path, json={"color": "#000000"}).status_code == 404
    assert otto.put(path, json={"color": "x"}).status_code == 404
    assert otto.delete(path).status_code == 204
    assert ada.data("GET", path) == tag
    assert ada.get("/tags/nonsense").status_code == 404


@pytest.mark.rule("T-196")
def test_a_deleted_tag_is_gone_everywhere_and_twice_is_once(database: str, ada: Client) -> None:
    process, _ = process_of(database, ada, "Call")
    tag = new_tag(ada)
    ada.data("PUT", f"/runs/{process['id']}", json={"tags": [tag["id"]]})
    for path in (tag["id"], tag["id"], "0" * 32, "nonsense"):
        answer = ada.delete(f"/tags/{path}")
        assert (answer.status_code, answer.content) == (204, b"")
    assert ada.get(f"/tags/{tag['id']}").status_code == 404
    assert ada.data("GET", f"/runs/{process['id']}?with=tags")["tags"]["data"] == []


def test_tags_are_listed_by_title_and_found_by_words(database: str, server: Server) -> None:
    with make_house(database, server.origin, "Tagged") as house:
        made = {title: new_tag(house.ada, title) for title in ("beta", "Alpha", "gamma ray")}
        machine = {title: new_tag(house.ada, title) for title in ("from: Hiring", "Task: x", "step:y")}

        def titles(query: str) -> list[str]:
            return [tag["title"] for tag in house.liv.data("GET", f"/tags?{query}")]

        listed = house.liv.get("/tags?per_page=2").json()
        assert [shaped(TagShape, tag) for tag in listed["data"]] == [made["Alpha"], made["beta"]]
        assert listed["meta"]["pagination"]["total"] == 3
        assert titles("sort=-title") == ["gamma ray", "beta", "Alpha"]
        assert titles("sort=created_at") == ["beta", "Alpha", "gamma ray"]
        assert titles("q=A&status=active") == ["Alpha", "beta", "gamma ray"]
        assert titles("q=ray gam") == ["gamma ray"]
        assert titles("status=archived") == []
        everything = sorted([*made, *machine], key=str.lower)
        assert titles("all=True") == everything
        assert titles("auto_generated=true&all=true") == titles("auto_generated=true") == sorted(
            machine, key=str.lower)  # fmt: skip
        assert titles("auto_generated=false&all=true") == ["Alpha", "beta", "gamma ray"]
        assert machine["Task: x"]["auto_generated"]
        assert titles("pagination=false") == ["Alpha", "beta", "gamma ray"]


def test_statistics_count_what_carries_a_tag(database: str, ada: Client) -> None:
    tag = new_tag(ada)
    template, gone = template_of(database, ada, "Call"), template_of(database, ada, "Call")
    for one in (template, gone):
        body = {"subject_id": one.id, "subject_type": "Checklist", "tag_id": tag["id"]}
        ada.data("POST", "/checklists/tags", 201, json=body)
    assert ada.delete(f"/checklists/{gone.id}").status_code == 200
    first, second = (process_of(database, ada, "Call")[0] for _ in range(2))
    for process in (first, second):
        ada.data("PUT", f"/runs/{process['id']}", json={"tags": [tag["id"]]})
    ada.data("DELETE", f"/runs/{second['id']}")
    counted = shaped(TagShape, ada.data("GET", f"/tags/{tag['id']}?with=statistics"), "statistics")
    assert counted["statistics"] == {
        "data": {"active_template": 1, "archived_template": 1, "active_process": 1, "archived_process": 1}
    }
    listed = ada.data("GET", f"/tags?q={tag['title'].split()[1]}&with=statistics")
    assert listed[0]["statistics"] == counted["statistics"]
