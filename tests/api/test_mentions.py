from __future__ import annotations

import pytest

from tests.api.drawn import group_of, join_as
from tests.api.talk import process_of, said
from tests.conftest import Client


@pytest.mark.rule("P-585")
def test_a_mention_is_the_name_in_bold(database: str, ada: Client, stan: Client, liv: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    comment = said(ada, tasks["Call"], f"@[{stan.user_id}] and @[{liv.user_id}], @[{stan.user_id}]!")
    assert comment["content"] == (
        "<strong>Stan Acme</strong> and <strong>Liv Acme</strong>, <strong>Stan Acme</strong>!"
    )
    assert comment["original_content"] == f"@[{stan.user_id}] and @[{liv.user_id}], @[{stan.user_id}]!"
    assert comment["sent_to"] == sorted([stan.user_id, liv.user_id])


def test_what_mentions_nobody_stays_as_it_was_written(database: str, ada: Client, otto: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    text = f"@[{otto.user_id}] @[999999999999999] @[99999999999999999999] @[] @[x] @[ @[{'0' * 32}] @"
    comment = said(ada, tasks["Call"], text)
    assert (comment["content"], comment["sent_to"]) == (text, [])


def test_an_element_of_the_editor_is_a_mention_too(database: str, ada: Client, stan: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    text = f'<p>Hi <span class="mention" data-id="{stan.user_id}">@Stan</span>!</p>'
    comment = said(ada, tasks["Call"], text)
    assert comment["original_content"] == f"<p>Hi @[{stan.user_id}]!</p>"
    assert comment["content"] == "<p>Hi <strong>Stan Acme</strong>!</p>"
    assert comment["sent_to"] == [stan.user_id]


def test_names_are_shown_and_never_run(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    with join_as(database, ada, "standard", "<svg/onload='a(\"&\")'>") as odd:
        comment = said(ada, tasks["Call"], f"@[{odd.user_id}]")
    name = "&lt;svg/onload=&#39;a(&quot;&amp;&quot;)&#39;&gt; Comer"
    assert comment["content"] == f"<strong>{name}</strong>"


@pytest.mark.rule("P-441")
def test_a_mention_lets_a_member_see_the_process_but_assigns_nothing(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call", "Ship")
    with join_as(database, ada, "light") as lou:
        assert lou.get(f"/runs/{process['id']}").status_code == 403
        said(ada, tasks["Call"], f"Look @[{lou.user_id}]")
        assert lou.data("GET", f"/runs/{process['id']}")["status"] == "active"
        assert [one["id"] for one in lou.data("GET", "/runs")] == [process["id"]]
        assert lou.data("GET", f"/tasks/{tasks['Ship']['id']}")["owners"]["users"] == []
        answer = lou.post(f"/runs/{process['id']}/completed-tasks", json={"task_id": tasks["Call"]["id"]})
        assert answer.status_code == 403


@pytest.mark.rule("P-441", "P-585")
def test_a_mentioned_group_is_named_and_its_members_see_the_process(database: str, ada: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    with join_as(database, ada, "light") as lou, join_as(database, ada, "light", status="disabled") as gone:
        group = group_of(database, ada, lou, gone)
        comment = said(ada, tasks["Call"], f"Look @[{group}]")
        assert comment["content"].startswith("Look <strong>Group ")
        assert comment["sent_to"] == [lou.user_id]
        assert lou.get(f"/runs/{process['id']}").status_code == 200


def test_disabled_members_are_shown_without_their_name(database: str, ada: Client) -> None:
    _, tasks = process_of(database, ada, "Call")
    with join_as(database, ada, "light", status="disabled") as gone:
        comment = said(ada, tasks["Call"], f"@[{gone.user_id}]")
    assert (comment["content"], comment["sent_to"]) == ("<strong>[DELETED MEMBER]</strong>", [])


def test_sent_to_tells_members_and_gives_no_right(
    database: str, ada: Client, stan: Client, otto: Client
) -> None:
    process, tasks = process_of(database, ada, "Call")
    with join_as(database, ada, "light") as lou:
        others = [str(lou.user_id), {"id": stan.user_id}, otto.user_id, "x", None, -1, 10**30]
        assert said(ada, tasks["Call"], "Hi", sent_to=others)["sent_to"] == sorted(
            [lou.user_id, stan.user_id]
        )
        assert said(ada, tasks["Call"], "Hi", sent_to=None)["sent_to"] == []
        assert lou.get(f"/runs/{process['id']}").status_code == 403


@pytest.mark.rule("P-441")
def test_a_mention_that_is_added_later_tells_and_lets_see(database: str, ada: Client, stan: Client) -> None:
    process, tasks = process_of(database, ada, "Call")
    comment = said(ada, tasks["Call"], f"@[{stan.user_id}]")
    with join_as(database, ada, "light") as lou:
        path = f"/tasks/{tasks['Call']['id']}/comment/{comment['id']}"
        changed = ada.data("PUT", path, json={"content": f"@[{lou.user_id}]"})
        assert changed["sent_to"] == sorted([stan.user_id, lou.user_id])
        assert lou.get(f"/runs/{process['id']}").status_code == 200
