from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.model import Process, Task
from stepwell.engine.variables import people_named, plain_text, rich_text, source_of, with_titles

from .builders import ADA, GROUP, HOUSE, answering, form_field, launched, step, task, version

FIELDS = [
    form_field("t", prefix="$", suffix=" a"),
    form_field("area", "textarea"),
    form_field("r", "radio"),
    form_field("d", "dropdown"),
    form_field("m", "multiselect"),
    form_field("day", "date"),
    form_field("tab", "table"),
    form_field("f", "file"),
    form_field("p", "assignees_form"),
    form_field("mail", "email"),
]
PROCESS = launched(
    version(step("A", captures=FIELDS), step("B"), prerun=[form_field("k")], title="Hiring"), {"k": "Acme"}
)
NAMES = {str(ADA): "Ada Lund", GROUP.hex: "Sales"}


def cleaned(text: str) -> str:
    return text.replace("<script>", "")


def answered(process: Process = PROCESS, **answers: Any) -> tuple[Process, Task]:
    after = answering(process, "A", **answers)
    return after, task(after, "B")


def plain(text: str, **answers: Any) -> str:
    process, of = answered(**answers)
    return plain_text(text, source_of(process, HOUSE, NAMES), of)


def rich(text: str, **answers: Any) -> str:
    process, of = answered(**answers)
    return rich_text(text, source_of(process, HOUSE, NAMES), of, cleaned)


VALUES: list[tuple[str, Any, str, str]] = [
    ("t", "50 <b>", "$50 <b> a", "$50 &lt;b&gt; a"),
    ("area", "one\ntwo", "one two", "one<br>two"),
    ("area", "<p>x</p><script>", "x", "<p>x</p>"),
    ("r", "Red", "Red", "Red"),
    ("d", {"id": 1, "text": "Red"}, "Red", "Red"),
    ("m", ["Red", "Blue"], "Red, Blue", "<ul><li>Red</li><li>Blue</li></ul>"),
    ("m", [{"id": 1, "text": "Red", "selected": False}], "", ""),
    ("day", "2026-03-04", "Mar 4, 2026", "Mar 4, 2026"),
    ("tab", [["Desk", "Chair"], ["10", "<5>"]], "Desk, 10; Chair, <5>",
     ("<table><thead><tr><th>Item</th><th>Price</th></tr></thead><tbody><tr><td>Desk</td><td>10</td></tr>"
      "<tr><td>Chair</td><td>&lt;5&gt;</td></tr></tbody></table>")),
    ("f", [{"url": "https://x.example/a.pdf", "filename": "a.pdf"}], "a.pdf",
     '<a href="https://x.example/a.pdf" rel="noopener noreferrer">a.pdf</a>'),
    ("p", {"users": [ADA], "guests": ["g@x.example"], "groups": [GROUP.hex]}, "Ada Lund, Sales, g@x.example",
     "Ada Lund, Sales, g@x.example"),
    ("mail", "a@b.example", "a@b.example", "a@b.example"),
]  # fmt: skip


@pytest.mark.rule("T-177")
@pytest.mark.parametrize(("name", "value", "in_title", "in_text"), VALUES)
def test_every_type_has_its_form(name: str, value: Any, in_title: str, in_text: str) -> None:
    assert plain(f"{{{{{name}}}}}", **{name: value}) == in_title
    assert rich(f"{{{{{name}}}}}", **{name: value}) == in_text


@pytest.mark.rule("T-179", "P-027")
@pytest.mark.parametrize("name", ["unknown", "", " r ", "d", "m", "tab", "p", "t", "f", "day"])
def test_without_an_answer_there_is_nothing(name: str) -> None:
    assert plain(f"Call {{{{{name}}}}}!") == "Call !"
    assert rich(f"Call {{{{{name}}}}}!") == "Call !"


@pytest.mark.rule("T-173")
def test_spaces_chips_and_invisible_characters() -> None:
    assert plain("Hire {{ k }} {{\u200bk\ufeff}}\u200b") == "Hire Acme Acme"
    chip = '<p>To <span class="fr-deletable insert-variable-tag" contenteditable="false">{{k}}</span></p>'
    assert rich(chip) == "<p>To Acme</p>"


@pytest.mark.rule("T-176", "P-028")
def test_the_system_has_variables_of_its_own() -> None:
    process, of = answered()
    text = "{{DATE}}|{{Template_Name}}|{{current-task-id}}|{{CURRENT-PROCESS-ID}}"
    expected = f"Jun 10, 2026|Hiring|{of.id.hex}|{process.id.hex}"
    assert plain(text) == rich(text) == expected


def test_addresses_are_encoded_and_safe() -> None:
    link = '<a href="https://x.example/?q={{k}}">look</a>'
    assert (
        rich(link.replace("{{k}}", "{{t}}"), t="a b&c")
        == '<a href="https://x.example/?q=%24a%20b%26c%20a">look</a>'
    )
    assert rich('<a href="{{area}}">look</a>', area="javascript:alert(1)") == "look"
    assert rich('<a href="{{unknown}}">look</a>') == "look"
    assert (
        rich('<a href="{{area}}">look</a>', area="https://x.example/a?b=1")
        == '<a href="https://x.example/a?b=1">look</a>'
    )
    assert rich("{{t}}", t="x") == "$x a"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_no_answer_brings_markup_of_its_own(text: str) -> None:
    assert "<img" not in rich("{{t}}", t=f"<img src=x onerror=1>{text}")


@pytest.mark.rule("T-178")
def test_titles_follow_answers_and_keep_their_text() -> None:
    named = replace(task(PROCESS, "B"), original_title="Call {{area}}", title="Call")
    process = with_titles(answering(PROCESS.having(named), "A", area="Mira"), HOUSE, NAMES)
    assert task(process, "B").title == "Call Mira"
    assert task(process, "B").original_title == "Call {{area}}"
    assert with_titles(process, HOUSE, NAMES) is process


def test_long_titles_are_cut() -> None:
    assert len(plain("{{area}}" * 3, area="x" * 300)) == 600


def test_who_is_named() -> None:
    process, _ = answered(p={"users": [ADA], "groups": [GROUP.hex]})
    assert people_named(process) == ({ADA}, {GROUP})
