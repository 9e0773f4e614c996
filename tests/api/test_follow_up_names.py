"""What processes are called that a completed task launches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.drawn import Drawn, asks, draw, launched, step, tasks_by_title
from tests.api.followed import finish, launched_by, leading_to
from tests.conftest import Client

KICKOFF = [
    asks("Client", alias="client-1"),
    asks("Plan", "dropdown", alias="plan-1"),
    asks("Notes", "textarea", alias="notes-1"),
    asks("Mail", "email", alias="mail-1"),
]
ANSWERS = {"Client": "Acme <b>GmbH</b>", "Plan": "Gold", "Notes": "n", "Mail": "kim@acme.example"}


def today() -> str:
    now = datetime.now(UTC)
    return f"{now:%b} {now.day}, {now.year}"


def name_of_follow_up(
    database: str, client: Client, pattern: str | None, target: Drawn, **answers: Any
) -> str:
    source = draw(
        database, client, leading_to(target, "Sign", asks("Amount", alias="amount-1"), named=pattern),
        kickoff=KICKOFF, title="Order",
    )  # fmt: skip
    sent = {source.fields[label]: value for label, value in (ANSWERS | answers).items()}
    order = launched(client, source, prerun=sent)
    finish(database, client, tasks_by_title(client, order)["Sign"])
    [child] = launched_by(client, order)
    return str(child["name"])


@pytest.mark.rule("T-099", "P-123")
@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("Bill for {{client-1}}", "Bill for Acme GmbH"),
        ("{{TEMPLATE_NAME}} / {{ client-1 }}", "Billing / Acme GmbH"),
        ("Bill {{plan-1}}{{notes-1}}{{mail-1}}{{amount-1}} end", "Bill end"),
        ("x" * 540 + "{{client-1}}{{client-1}}", "x" * 540 + "Acme GmbHA"),
    ],
    ids=["a short text", "the new process's template", "nothing else", "cut to 550"],
)
def test_short_texts_of_the_kickoff_form_can_stand_in_the_name(
    database: str, ada: Client, pattern: str, name: str
) -> None:
    billing = draw(database, ada, step("Write bill"), title="Billing")
    assert name_of_follow_up(database, ada, pattern, billing) == name


@pytest.mark.rule("T-099", "P-123")
def test_the_date_can_stand_in_the_name_and_one_that_comes_to_nothing_is_none(
    database: str, ada: Client
) -> None:
    billing = draw(database, ada, step("Write bill"), title="Billing")
    assert name_of_follow_up(database, ada, "Bill of {{DATE}}", billing) == f"Bill of {today()}"
    assert name_of_follow_up(database, ada, "{{plan-1}}", billing).endswith("m - Billing")


@pytest.mark.rule("P-115", "T-050")
@pytest.mark.parametrize(
    ("fixed", "pattern", "name"),
    [
        (True, "Bill for {{client-1}}", "Auto Billing"),
        (False, "Bill for {{client-1}}", "Bill for Acme GmbH"),
        (False, None, "Auto Billing"),
        (True, None, "Auto Billing"),
    ],
)
def test_a_template_that_names_its_processes_names_this_one_too(
    database: str, ada: Client, fixed: bool, pattern: str | None, name: str
) -> None:
    settings = {
        "auto_naming": True,
        "default_process_name_format": "Auto {{TEMPLATE_NAME}}",
        "allow_launcher_change_name": not fixed,
    }
    billing = draw(database, ada, step("Write bill"), title="Billing", settings=settings)
    assert name_of_follow_up(database, ada, pattern, billing) == name
