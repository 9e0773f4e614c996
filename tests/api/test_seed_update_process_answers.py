"""Update process: `prerun`, keyed by the fields' ids, for every type of field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.drawn import Drawn, asks, draw, group_of, launched, reasons, shows, step, tasks_by_title
from tests.conftest import Client

KINDS = ("textarea", "email", "date", "radio", "dropdown", "multiselect", "table", "assignees_form", "file")


@pytest.fixture(scope="module")
def template(database: str, house: Any) -> Drawn:
    kickoff = [
        asks("text", required=True),
        *(asks(kind, kind) for kind in KINDS),
        asks("moment", "date", collect_time=True),
    ]
    return draw(
        database,
        house.ada,
        step("Call"),
        step("Visit"),
        kickoff=kickoff,
        rules=[shows("Visit", "radio", "Gold")],
    )


@pytest.fixture(scope="module")
def run(house: Any, template: Drawn) -> str:
    return str(launched(house.ada, template, prerun={template.fields["text"]: "first"})["id"])


def saved(client: Client, run: str, template: Drawn, label: str, value: Any) -> Any:
    field = template.fields[label]
    client.data("PUT", f"/runs/{run}", json={"prerun": {field: value}})
    return client.data("GET", f"/runs/{run}")["prerun"].get(field)


GOLD = {"id": 2, "text": "Gold", "value": None}
CHOSEN = {**GOLD, "required": False, "selected": True}


@pytest.mark.rule("P-055", "T-078", "T-083")
@pytest.mark.parametrize(
    ("label", "sent", "stored"),
    [
        ("text", "second", "second"),
        ("text", 12, "12"),
        ("text", "x" * 255, "x" * 255),
        ("textarea", "y" * 30_000, "y" * 30_000),
        ("email", "kim@acme.example", "kim@acme.example"),
        ("date", "2026-06-10", "2026-06-10"),
        ("date", "2026-06-10T00:00:00.000Z", "2026-06-10"),
        ("moment", "2026-06-10T09:30:00Z", "2026-06-10T09:30:00Z"),
        ("moment", "2026-06-10T09:30:00+02:00", "2026-06-10T07:30:00Z"),
        ("radio", "Gold", "Gold"),
        ("radio", " gold ", "Gold"),
        ("radio", 2, "Gold"),
        ("dropdown", {"id": 2, "text": "Gold"}, GOLD),
        ("dropdown", "Gold", GOLD),
        ("dropdown", 2, GOLD),
        ("multiselect", [{"id": 2, "text": "Gold", "selected": True}], [CHOSEN]),
        ("multiselect", [{"id": 2, "text": "Gold"}], [{**CHOSEN, "selected": False}]),
        ("multiselect", ["Gold"], [CHOSEN]),
        ("multiselect", [2], [CHOSEN]),
        ("table", ["Chair", "20"], ["Chair", "20"]),
        ("table", [["Chair", "Desk"], ["20", "90"]], [["Chair", "Desk"], ["20", "90"]]),
    ],
)
def test_an_answer_of_every_type_is_kept(
    ada: Client, run: str, template: Drawn, label: str, sent: Any, stored: Any
) -> None:
    assert saved(ada, run, template, label, sent) == stored


def test_people_are_an_answer(database: str, ada: Client, stan: Client, run: str, template: Drawn) -> None:
    group = group_of(database, ada, stan)
    sent = {"users": [str(stan.user_id)], "guests": [" Mira@Client.example "], "groups": [group]}
    assert saved(ada, run, template, "assignees_form", sent) == {
        "users": [stan.user_id],
        "guests": ["mira@client.example"],
        "groups": [group],
    }
    only = saved(ada, run, template, "assignees_form", {"users": [stan.user_id]})
    assert only["users"] == [stan.user_id]


def test_files_are_an_answer(ada: Client, run: str, template: Drawn) -> None:
    (kept,) = saved(
        ada, run, template, "file", [{"filename": "a.pdf", "url": "https://x.example/a.pdf", "source": "url"}]
    )
    assert (kept["filename"], kept["url"]) == ("a.pdf", "https://x.example/a.pdf")


@pytest.mark.rule("T-078", "T-082")
@pytest.mark.parametrize(
    ("label", "sent", "message"),
    [
        ("text", {"a": 1}, None),
        ("text", ["a"], None),
        ("text", "x" * 256, None),
        ("text", {"value": "x"}, None),
        ("textarea", 5, None),
        ("textarea", "y" * 30_001, None),
        ("email", "nobody", None),
        ("email", {"value": "kim@acme.example"}, None),
        ("date", 1780000000, None),
        ("date", "not a date", None),
        ("radio", "Silver", "Invalid radio choice selected"),
        ("dropdown", "Silver", "Invalid dropdown choice selected."),
        ("dropdown", {"id": 1, "text": "Gold"}, "Invalid dropdown choice selected."),
        ("dropdown", {"id": 2, "text": "gold"}, "Invalid dropdown choice selected."),
        ("dropdown", {"value": {"id": 2, "text": "Gold"}}, "Invalid dropdown choice selected."),
        ("multiselect", "Gold", None),
        ("multiselect", [{"id": 2, "text": "gold", "selected": True}], None),
        ("table", ["one"], "Number of columns does not match required columns"),
        ("table", "", "Invalid table field"),
        ("table", {"a": 1}, "Invalid table field"),
        ("assignees_form", [1], None),
        ("assignees_form", {"users": [10**12]}, None),
        ("assignees_form", {"guests": ["nobody"]}, None),
        ("assignees_form", {"groups": [12]}, None),
        ("file", "https://x.example/a.pdf", None),
        ("file", {"id": "1"}, None),
        ("file", [{"filename": "a.pdf"}], None),
    ],
)
def test_another_answer_is_refused_under_its_field(
    ada: Client, run: str, template: Drawn, label: str, sent: Any, message: str | None
) -> None:
    field = template.fields[label]
    before = ada.data("GET", f"/runs/{run}")["prerun"]
    wrong = reasons(ada, "PUT", f"/runs/{run}", json={"name": "not kept", "prerun": {field: sent}})
    assert list(wrong) == [f"prerun.{field}"]
    assert message is None or wrong[f"prerun.{field}"] == [message]
    after = ada.data("GET", f"/runs/{run}")
    assert after["prerun"] == before
    assert after["name"] != "not kept"


@pytest.mark.rule("T-080")
@pytest.mark.parametrize("blank", [None, "", [], {}, False, 0])
@pytest.mark.parametrize(
    "label", ["email", "date", "radio", "dropdown", "multiselect", "table", "assignees_form", "file"]
)
def test_a_blank_clears_an_answer(ada: Client, run: str, template: Drawn, label: str, blank: Any) -> None:
    if (label, blank) == ("table", ""):
        return
    filled: dict[str, Any] = {
        "email": "kim@acme.example",
        "date": "2026-01-01",
        "radio": "Basic",
        "dropdown": "Basic",
        "multiselect": ["Basic"],
        "table": ["a", "b"],
        "assignees_form": {"users": [ada.user_id]},
        "file": [{"url": "https://x.example/a"}],
    }
    assert saved(ada, run, template, label, filled[label]) is not None
    assert saved(ada, run, template, label, blank) is None


def test_only_the_answers_that_are_sent_change(ada: Client, run: str, template: Drawn) -> None:
    saved(ada, run, template, "email", "kim@acme.example")
    saved(ada, run, template, "textarea", "long")
    got = ada.data("GET", f"/runs/{run}")["prerun"]
    assert (got[template.fields["email"]], got[template.fields["textarea"]]) == ("kim@acme.example", "long")


def test_unknown_keys_are_dropped_and_a_required_answer_stays(ada: Client, run: str, template: Drawn) -> None:
    before = ada.data("GET", f"/runs/{run}")["prerun"]
    ada.data("PUT", f"/runs/{run}", json={"prerun": {"0" * 32: "x", "nonsense": {"a": [1]}}})
    assert ada.data("GET", f"/runs/{run}")["prerun"] == before
    field = template.fields["text"]
    wrong = reasons(ada, "PUT", f"/runs/{run}", json={"prerun": {field: ""}})
    assert wrong == {f"prerun.{field}": ["text is required"]}


@pytest.mark.parametrize("wrong", ["text", 5, True, [1], [["a"]]])
def test_prerun_must_be_an_object(ada: Client, run: str, wrong: Any) -> None:
    assert list(reasons(ada, "PUT", f"/runs/{run}", json={"prerun": wrong})) == ["prerun"]


def test_the_lists_of_older_clients_are_folded(ada: Client, run: str, template: Drawn) -> None:
    email, radio = template.fields["email"], template.fields["radio"]
    ada.data(
        "PUT", f"/runs/{run}", json={"prerun": [{email: "one@x.example"}, {"id": radio, "value": "Basic"}]}
    )
    got = ada.data("GET", f"/runs/{run}")["prerun"]
    assert (got[email], got[radio]) == ("one@x.example", "Basic")


@pytest.mark.rule("P-055")
def test_changed_answers_run_the_rules_again(ada: Client, template: Drawn) -> None:
    process = launched(ada, template, prerun={template.fields["text"]: "x"})
    assert set(tasks_by_title(ada, process)) == {"Call"}
    got = ada.data(
        "PUT",
        f"/runs/{process['id']}",
        json={"prerun": {template.fields["radio"]: "Gold"}},
        headers={"X-Tallyfy-Client": "n8n"},
    )
    assert got["progress"]["total"] == 2
    assert set(tasks_by_title(ada, process)) == {"Call", "Visit"}
