"""What launched processes are called."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.drawn import Drawn, asks, draw, group_of, launched, reasons, step
from tests.conftest import Client


def today() -> str:
    now = datetime.now(UTC)
    return f"{now:%b} {now.day}, {now.year}"


def auto_named(database: str, client: Client, pattern: str, *kickoff: Any, fixed: bool = True) -> Drawn:
    settings = {
        "auto_naming": True,
        "default_process_name_format": pattern,
        "allow_launcher_change_name": not fixed,
    }
    return draw(
        database, client, step("Call"), kickoff=kickoff, settings=settings, title="Client <b>intake</b>"
    )


def named(label: str, alias: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return asks(label, kind, alias=alias, **more)


@pytest.mark.rule("P-111", "T-050")
@pytest.mark.parametrize("name", [None, "", "   "])
def test_without_a_name_it_is_the_title_and_the_date(database: str, ada: Client, name: Any) -> None:
    template = draw(database, ada, step("Call"), title="Hiring")
    assert launched(ada, template, name=name)["name"] == f"Hiring - {today()}"
    assert launched(ada, template)["name"] == f"Hiring - {today()}"


@pytest.mark.rule("P-110", "T-050")
def test_a_name_that_is_sent_has_up_to_550_characters(database: str, ada: Client) -> None:
    template = draw(database, ada, step("Call"))
    assert launched(ada, template, name="n" * 550)["name"] == "n" * 550
    assert launched(ada, template, name="  two  blanks ")["name"] == "two  blanks"
    for wrong in ("n" * 551, 7, ["x"]):
        assert list(reasons(ada, "POST", "/runs", json={"checklist_id": template.id, "name": wrong})) == [
            "name"
        ]


@pytest.mark.rule("T-049", "P-112", "P-113", "P-114")
def test_a_pattern_is_filled_in_and_beats_the_name_that_is_sent(database: str, ada: Client) -> None:
    """Scenario S25."""
    template = auto_named(
        database,
        ada,
        "{{DATE}} - {{client-4410927}} - {{vip-4410928}}",
        named("Client", "client-4410927"),
        named("VIP", "vip-4410928"),
    )
    answers = {template.fields["Client"]: "Acme <b>GmbH</b>"}
    assert launched(ada, template, name="mine", prerun=answers)["name"] == f"{today()} - Acme GmbH"


@pytest.mark.rule("P-114", "T-050")
def test_the_launcher_may_change_the_name_where_the_template_allows_it(database: str, ada: Client) -> None:
    template = auto_named(database, ada, "{{TEMPLATE_NAME}} {{DATE}}", fixed=False)
    assert launched(ada, template, name="mine")["name"] == "mine"
    assert launched(ada, template)["name"] == f"Client <b>intake</b> {today()}"


@pytest.mark.rule("P-113")
@pytest.mark.parametrize(
    ("kind", "sent", "rendered"),
    [
        ("dropdown", "Gold", "Gold"),
        ("radio", "Basic", "Basic"),
        ("multiselect", ["Basic", "Gold"], "Basic, Gold"),
        ("multiselect", [{"id": 1, "text": "Basic"}], ""),
        ("email", "kim@acme.example", "kim@acme.example"),
        ("date", "2026-03-04", "Mar 4, 2026"),
        ("textarea", "long text", ""),
        ("table", ["a", "b"], ""),
    ],
)
def test_answers_stand_in_the_name_as_words(
    database: str, ada: Client, kind: str, sent: Any, rendered: str
) -> None:
    template = auto_named(database, ada, "For {{field-1}}", named("Field", "field-1", kind))
    name = launched(ada, template, prerun={template.fields["Field"]: sent})["name"]
    assert name == f"For {rendered}".strip()


@pytest.mark.rule("P-113")
def test_people_stand_in_the_name_by_name_and_dates_with_time_where_it_is_collected(
    database: str, ada: Client, stan: Client
) -> None:
    template = auto_named(
        database,
        ada,
        "{{who-1}} at {{when-1}}",
        named("Who", "who-1", "assignees_form"),
        named("When", "when-1", "date", collect_time=True),
    )
    who = {"users": [stan.user_id], "guests": ["mira@client.example"]}
    answers = {template.fields["Who"]: who, template.fields["When"]: "2026-03-04T15:45:00Z"}
    assert (
        launched(ada, template, prerun=answers)["name"]
        == "Stan Acme, mira@client.example at Mar 4, 2026 3:45pm"
    )


@pytest.mark.rule("T-049", "P-113")
@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{{a-1}} - {{b-1}}", "B"),
        ("{{b-1}} - {{a-1}}", "B"),
        ("{{b-1}} | {{a-1}} | {{b-1}}", "B | B"),
        ("{{b-1}} {{a-1}} {{b-1}}", "B B"),
        ("Kept  blanks - here: {{b-1}}", "Kept  blanks - here: B"),
        ("<p>{{b-1}}&nbsp;&amp; co</p>", "B & co"),
        ("{{ b-1 }}{{unknown-1}}", "B"),
    ],
)
def test_separators_vanish_around_empty_values_only(
    database: str, ada: Client, pattern: str, name: str
) -> None:
    template = auto_named(database, ada, pattern, named("A", "a-1"), named("B", "b-1"))
    assert launched(ada, template, prerun={template.fields["B"]: "B"})["name"] == name


@pytest.mark.rule("T-049")
def test_a_generated_name_is_cut_to_550_characters(database: str, ada: Client) -> None:
    template = auto_named(database, ada, "{{a-1}}" * 3, named("A", "a-1"))
    assert launched(ada, template, prerun={template.fields["A"]: "x" * 250})["name"] == "x" * 550


def test_a_pattern_that_comes_to_nothing_is_none(database: str, ada: Client) -> None:
    template = auto_named(database, ada, "{{a-1}}", named("A", "a-1"))
    assert launched(ada, template)["name"] == f"Client <b>intake</b> - {today()}"


@pytest.mark.rule("P-116")
def test_later_answers_do_not_rename(database: str, ada: Client) -> None:
    template = auto_named(database, ada, "For {{a-1}}", named("A", "a-1"))
    process = launched(ada, template, prerun={template.fields["A"]: "Acme"})
    got = ada.data("PUT", f"/runs/{process['id']}", json={"prerun": {template.fields["A"]: "Globex"}})
    assert got["name"] == "For Acme"


@pytest.mark.rule("T-177", "T-173", "P-113")
def test_affixes_groups_and_system_names_in_any_case_stand_in_the_name(database: str, ada: Client) -> None:
    group = group_of(database, ada, ada)
    (name,) = [one["name"] for one in ada.data("GET", "/groups?per_page=100") if one["id"] == group]
    template = auto_named(
        database, ada, "{{ date }} {{Template_Name}} {{sum-1}} {{who-1}}",
        named("Sum", "sum-1", prefix="$", suffix=" net"), named("Who", "who-1", "assignees_form"),
    )  # fmt: skip
    answers = {template.fields["Sum"]: "50", template.fields["Who"]: {"groups": [group]}}
    assert launched(ada, template, prerun=answers)["name"] == f"{today()} Client <b>intake</b> $50 net {name}"
