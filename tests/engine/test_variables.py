from __future__ import annotations

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.model import Process, Task
from stepwell.engine.variables import (
    people_named,
    plain_answer,
    plain_text,
    rich_text,
    source_at_launch,
    source_of,
    with_titles,
)

from .builders import ADA, GROUP, HOUSE, answering, form_field, launched, made_field, step, task, version

FIELDS = [
    form_field("t", prefix="$", suffix=" a"),
    form_field("area", "textarea"),
    form_field("html", "textarea", use_wysiwyg_editor=True),
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
FIELDS_MADE = next(step.fields for step in PROCESS.version.steps if step.fields) if PROCESS.version else ()
NAMES = {str(ADA): "Ada Lund", GROUP.hex: "Sales"}


def answered(process: Process = PROCESS, **answers: Any) -> tuple[Process, Task]:
    after = answering(process, "A", **answers)
    return after, task(after, "B")


def plain(text: str, **answers: Any) -> str:
    process, of = answered(**answers)
    return plain_text(text, source_of(process, HOUSE, NAMES), of)


def rich(text: str, **answers: Any) -> str:
    process, of = answered(**answers)
    return rich_text(text, source_of(process, HOUSE, NAMES), of)


VALUES: list[tuple[str, Any, str, str]] = [
    ("t", "50 <b>", "$50 <b> a", "$50 &lt;b&gt; a"),
    ("area", "one\ntwo", "one two", "one<br>two"),
    ("area", "<p>x</p> & y", "<p>x</p> & y", "&lt;p&gt;x&lt;/p&gt; &amp; y"),
    ("html", "<p>Tom &amp; Jerry</p><p>x<script>y</script></p>", "Tom & Jerry x", "<p>Tom &amp; Jerry</p><p>x</p>"),
    ("html", "one\ntwo", "one two", "one<br>two"),
    ("r", "Red", "Red", "Red"),
    ("d", {"id": 1, "text": "Red"}, "Red", "Red"),
    ("m", ["Red", "Blue"], "Red, Blue", "<ul><li>Red</li><li>Blue</li></ul>"),
    ("m", [{"id": 1, "text": "Red", "selected": False}], "", ""),
    ("day", "2026-03-04", "Mar 4, 2026", "Mar 4, 2026"),
    ("tab", [["Desk", "Chair"], ["10", "<5>"]], "Desk, 10; Chair, <5>",
     ("<table><thead><tr><th>Item</th><th>Price</th></tr></thead><tbody><tr><td>Desk</td><td>10</td></tr>"
      "<tr><td>Chair</td><td>&lt;5&gt;</td></tr></tbody></table>")),
    ("tab", [["Desk", "Chair"], ["10"]], "Desk, 10; Chair,",
     ("<table><thead><tr><th>Item</th><th>Price</th></tr></thead><tbody><tr><td>Desk</td><td>10</td></tr>"
      "<tr><td>Chair</td><td></td></tr></tbody></table>")),
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
    assert rich("Hire \u200b{{\u200bk\ufeff}}\u2060.") == "Hire Acme."
    chip = '<p>To <span class="fr-deletable insert-variable-tag" contenteditable="false">{{k}}</span></p>'
    assert rich(chip) == "<p>To Acme</p>"
    assert rich(chip.replace("{{k}}", "\ufeff{{k}}\u200b")) == "<p>To Acme</p>"


@pytest.mark.rule("T-176", "P-028")
def test_the_system_has_variables_of_its_own() -> None:
    process, of = answered()
    text = "{{DATE}}|{{Template_Name}}|{{current-task-id}}|{{CURRENT-PROCESS-ID}}"
    expected = f"Jun 10, 2026|Hiring|{of.id.hex}|{process.id.hex}"
    assert plain(text) == rich(text) == expected


@pytest.mark.rule("T-176")
def test_the_day_and_the_title_can_be_named_before_the_process_is_there() -> None:
    assert PROCESS.version is not None
    kickoff = PROCESS.version.kickoff
    source = source_at_launch(PROCESS.version, kickoff, PROCESS.values, date(2026, 6, 9), HOUSE, NAMES)
    assert (
        rich_text("{{date}}|{{template_name}}|{{k}}|{{current-task-id}}", source, None)
        == "Jun 9, 2026|Hiring|Acme|"
    )


@pytest.mark.rule("T-177")
@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("checkbox", True, "Yes"),
        ("checkbox", False, ""),
        ("number", 7, "7"),
        ("url", "https://x.example", "https://x.example"),
        ("time", "10:00", "10:00"),
        ("datetime", "2026-03-04T00:05:00Z", "Mar 4, 2026 12:05am"),
        ("datetime", "2026-03-04T12:30:00Z", "Mar 4, 2026 12:30pm"),
        ("date", "2026-03-04T23:00:00Z", "Mar 4, 2026 11:00pm"),
        ("date", "soon", ""),
        ("unheard_of", "x", "x"),
        ("unheard_of", None, ""),
    ],
)
def test_fields_of_one_off_tasks_have_their_form_too(kind: str, value: Any, text: str) -> None:
    form = replace(made_field(), type=kind)
    assert plain_answer(form, value, source_of(PROCESS, HOUSE, NAMES)) == text


LINK = ' rel="noopener noreferrer">look</a>'


@pytest.mark.rule("T-175")
def test_addresses_are_encoded_and_safe() -> None:
    link = '<a href="https://x.example/?q={{t}}">look</a>'
    assert rich(link, t="a b&c") == f'<a href="https://x.example/?q=%24a%20b%26c%20a"{LINK}'
    whole = '<a href="{{area}}">look</a>'
    assert rich(whole, area="https://x.example/a?b=1") == f'<a href="https://x.example/a?b=1"{LINK}'
    for unsafe in ("javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "//x.example", "x"):
        assert rich(whole, area=unsafe) == "look"
    assert rich('<a href="{{unknown}}">look</a>') == "look"
    assert rich("{{t}}", t="x") == "$x a"


@pytest.mark.rule("T-177")
@pytest.mark.parametrize("name", ["t", "area", "html", "mail", "f", "p", "tab"])
@pytest.mark.parametrize("place", ["<p>{}</p>", '<img alt="{}">', "<img alt='{}'>", "<img alt={}>", "{}"])
@given(
    answer=st.text(st.sampled_from("<>\"'=&;/{} aimgonerrsctplx()1:\t\n") | st.characters(exclude_categories=["Cs"]))
    | st.sampled_from([
        "<script>alert(1)</script>", '" onerror="alert(1)', "' onerror='alert(1)", "x onerror=alert(1)",
        "https://x.example/onerror=alert(1)//", "&lt;script&gt;", "&#60;img src=x onerror=1&#62;", "{{html}}",
        "<a href=javascript:alert(1)>x</a>", "<svg><script>1</script>", "--><img src=x onerror=1>",
    ])
)  # fmt: skip
def test_no_answer_brings_what_could_run(name: str, place: str, answer: str) -> None:
    values: dict[str, Any] = {
        "f": [{"url": f"https://x.example/{quote(answer)}", "filename": answer}],
        "p": {"users": [], "guests": [answer], "groups": []},
        "tab": [[answer], [answer]],
    }
    process = PROCESS
    form = {one.alias: one.key for one in FIELDS_MADE}
    first = task(process, "A")
    values_held = {form[name]: values.get(name, answer), form["html"]: "<b>b</b>"}
    process = process.having(replace(first, values=values_held))
    shown = rich_text(place.format(f"{{{{{name}}}}}"), source_of(process, HOUSE, NAMES), task(process, "B"))
    assert what_could_run(shown) == []


def what_could_run(html: str) -> list[str]:
    """Every tag, attribute and address that a browser would see and that could run."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            if tag in ("script", "svg", "iframe", "object", "style", "base", "form"):
                found.append(tag)
            for attribute, value in attributes:
                address = (value or "").strip().lower()
                if attribute.startswith("on") or (
                    attribute in ("href", "src")
                    and ":" in address.split("/")[0]
                    and not address.startswith(("http:", "https:", "mailto:", "tel:"))
                ):
                    found.append(f"{attribute}={value}")

    Reader().feed(html)
    return found


@pytest.mark.rule("T-177", "T-179")
def test_an_answer_is_not_searched_for_variables() -> None:
    assert rich("<p>{{t}}</p>", t="{{k}}") == "<p>${{k}} a</p>"
    assert rich('<img alt="{{t}}">', t="{{html}}", html="x") == '<img alt="${{html}} a">'
    assert plain("{{area}}", area="{{k}}") == "{{k}}"


@pytest.mark.rule("T-177")
def test_in_a_tag_an_answer_is_plain_text() -> None:
    assert rich('<img alt="by {{html}}">', html="<b>Tom</b> &amp; <i>x</i>") == '<img alt="by Tom &amp; x">'
    assert rich('<img alt="{{m}}">', m=["Red", "Blue"]) == '<img alt="Red, Blue">'


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
