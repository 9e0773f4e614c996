from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.engine.answer_types import NORMALISERS
from stepwell.engine.answers import (
    InvalidAnswer,
    default_answer,
    is_blank,
    merge,
    normalise,
    why_incomplete,
)
from stepwell.engine.model import Refused

from .builders import GROUP, PEOPLE, form_field, hexed, made_field, version

BLUE = {"id": 3, "text": "Blue", "value": None}


def ticked(option_id: int, text: str, selected: bool = True) -> dict[str, Any]:
    return {"id": option_id, "text": text, "value": None, "required": False, "selected": selected}


@pytest.mark.rule("T-078")
@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("text", "a", "a"),
        ("text", 5, "5"),
        ("text", 0, "0"),
        ("text", False, "false"),
        ("textarea", "<p>a</p>", "<p>a</p>"),
        ("email", " a@example.com ", "a@example.com"),
        ("date", "2026-06-10T00:00:00.000Z", "2026-06-10"),
        ("date", "2026-06-10 08:30:00", "2026-06-10"),
        ("radio", "Blue", "Blue"),
        ("radio", " dark  red", "Dark Red"),
        ("radio", 3, "Blue"),
        ("dropdown", {"id": 3, "text": "Blue"}, BLUE),
        ("dropdown", "3", BLUE),
        ("dropdown", "blue", BLUE),
        ("multiselect", [{"id": 3, "text": "Blue", "selected": True}], [ticked(3, "Blue")]),
        ("multiselect", ["Blue", 1], [ticked(3, "Blue"), ticked(1, "Red")]),
        ("multiselect", [{"id": 3, "text": "Blue"}], [ticked(3, "Blue", selected=False)]),
        ("table", ["pen", 2], ["pen", 2]),
        ("table", [["pen", "ink"], [2]], [["pen", "ink"], [2, None]]),
        ("table", [["pen", 2], ["ink", 3], ["pad", 4]], [["pen", "ink", "pad"], [2, 3, 4]]),
        ("table", [["pen", "", "ink"], [2, " ", 3]], [["pen", "ink"], [2, 3]]),
        (
            "assignees_form",
            {"users": ["1", 1], "guests": ["Gus@Example.com"], "groups": [GROUP.hex.upper()]},
            {"users": [1], "guests": ["gus@example.com"], "groups": [GROUP.hex]},
        ),
        (
            "file",
            [{"filename": "a", "url": "example.com/a"}],
            [{"filename": "a", "url": "https://example.com/a"}],
        ),
        ("file", [{"id": "f1", "source": "local"}], [{"id": "f1", "source": "local"}]),
        ("number", "1.5", 1.5),
        ("number", 0, 0),
        ("time", "08:30", "08:30"),
        ("datetime", "2026-06-10 08:30:00", "2026-06-10T08:30:00Z"),
        ("url", "https://example.com", "https://example.com"),
        ("checkbox", "yes", True),
    ],
)
def test_an_answer_is_kept_in_one_form(kind: str, sent: Any, kept: Any) -> None:
    assert normalise(made_field(kind), sent, PEOPLE) == kept


@pytest.mark.rule("T-078")
@pytest.mark.parametrize(
    ("kind", "sent", "message"),
    [
        ("text", {"a": 1}, "field must be text."),
        ("text", "x" * 256, "field may not be greater than 255 characters."),
        ("textarea", 5, "field must be text."),
        ("textarea", "x" * 30_001, "field may not be greater than 30000 characters."),
        ("email", "nobody", "field must be a valid email address."),
        ("date", 1760000000, "field must be a valid date."),
        ("date", "soon", "field must be a valid date."),
        ("radio", "Green", "Invalid radio choice selected"),
        ("dropdown", {"id": 3, "text": "Red"}, "Invalid dropdown choice selected."),
        ("dropdown", {"id": 3, "text": "blue"}, "Invalid dropdown choice selected."),
        ("dropdown", "Green", "Invalid dropdown choice selected."),
        ("multiselect", "Blue", "Invalid multiselect choice selected."),
        ("multiselect", [{"id": 3, "text": "Red"}], "Invalid multiselect choice selected."),
        ("table", "", "Invalid table field"),
        ("table", "a", "Invalid table field"),
        ("table", ["a"], "Number of columns does not match required columns"),
        ("table", [["a", "b"], ["c"], ["d", "e"]], "Number of columns does not match required columns"),
        ("assignees_form", {"users": [9]}, "Some users are not valid members of this organization"),
        ("assignees_form", {"groups": [7]}, "Some groups are not valid groups of this organization"),
        (
            "assignees_form",
            {"guests": ["Ada@example.com"]},
            "ada@example.com is the address of a member and cannot be a guest",
        ),
        ("assignees_form", {"guests": ["x"]}, "Some guests do not have a valid email address"),
        ("file", "a.pdf", "field must be a list of files."),
        ("file", [{"filename": "a.pdf"}], "Each file of field needs an id or a URL."),
        ("file", [{"url": "javascript:alert(1)"}], "field must hold valid URLs."),
    ],
)
def test_what_is_no_answer_is_refused_in_words(kind: str, sent: Any, message: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        normalise(made_field(kind), sent, PEOPLE)
    assert refused.value.message == message


@pytest.mark.rule("T-080")
@pytest.mark.parametrize("kind", sorted(NORMALISERS))
@pytest.mark.parametrize("empty", [None, [], {}])
def test_null_and_empty_lists_clear_every_answer(kind: str, empty: Any) -> None:
    assert normalise(made_field(kind), empty, PEOPLE) is None


@pytest.mark.rule("T-080")
@pytest.mark.parametrize("kind", sorted(NORMALISERS.keys() - {"table", "text", "number"}))
@pytest.mark.parametrize("empty", ["", False, 0])
def test_empty_text_false_and_zero_clear_all_but_texts(kind: str, empty: Any) -> None:
    assert normalise(made_field(kind), empty, PEOPLE) is None


@pytest.mark.rule("T-082")
@pytest.mark.parametrize("kind", sorted(NORMALISERS))
def test_a_wrapped_value_is_refused_by_every_type(kind: str) -> None:
    with pytest.raises(InvalidAnswer):
        normalise(made_field(kind), {"value": "Blue"}, PEOPLE)


@pytest.mark.parametrize("kind", sorted(NORMALISERS))
@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_characters_that_cannot_be_stored_are_refused(kind: str, text: str) -> None:
    for sent in (text, [text], [{"url": text}], {"users": [], "x": text}):
        with pytest.raises(InvalidAnswer):
            normalise(made_field(kind), sent, PEOPLE)


def test_a_deeply_nested_value_is_refused() -> None:
    nested: Any = "a"
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(InvalidAnswer):
        normalise(made_field("table"), nested, PEOPLE)


@pytest.mark.rule("T-083")
def test_a_date_with_time_is_an_instant_and_one_without_the_day_as_sent() -> None:
    late_evening = "2026-06-10T23:30:00-05:00"
    assert normalise(made_field("date"), late_evening, PEOPLE) == "2026-06-10"
    assert normalise(made_field("date", collect_time=True), late_evening, PEOPLE) == "2026-06-11T04:30:00Z"


@pytest.mark.rule("T-071")
@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [
        (["numeric", "min:3", "max:5"], "4.5", "6"),
        (["numeric"], "-1", "one"),
        (["min:3"], "abc", "ab"),
        (["max:3"], "abc", "abcd"),
        (["email"], "a@example.com", "a@b"),
        (["url"], "https://a.example", "a.example"),
        (["alpha"], "Übung", "a1"),
        (["alpha_num"], "a1", "a-1"),
        (["alpha_dash"], "a-1_b", "a b"),
        (["whatever"], "a", None),
    ],
)
def test_a_text_obeys_its_rules(rules: list[str], good: str, bad: str | None) -> None:
    field = made_field("text", field_validation=rules)
    assert normalise(field, good, PEOPLE) == good
    assert why_incomplete([field], {field.key: good}) == {}
    if bad is not None:
        with pytest.raises(InvalidAnswer, match="field"):
            normalise(field, bad, PEOPLE)
        assert why_incomplete([field], {field.key: bad})[field.key]


@pytest.mark.rule("T-056")
@pytest.mark.parametrize(
    ("kind", "blank", "filled"),
    [
        ("text", "  ", "0"),
        ("multiselect", [ticked(3, "Blue", selected=False)], [ticked(3, "Blue")]),
        ("table", ["", None], ["a", None]),
        ("table", [["", " "], [None, None]], [["", " "], [None, 0]]),
        ("assignees_form", {"users": [], "guests": [], "groups": []}, {"users": [1]}),
        ("file", [], [{"id": "a"}]),
        ("number", None, 0),
    ],
)
def test_a_blank_answer_does_not_satisfy_a_required_field(kind: str, blank: Any, filled: Any) -> None:
    field = made_field(kind, required=True)
    assert is_blank(field, blank)
    assert not is_blank(field, filled)
    assert why_incomplete([field], {field.key: blank}) == {field.key: ["field is required"]}
    assert why_incomplete([field], {field.key: filled}) == {}


@pytest.mark.rule("T-072")
def test_a_checklist_may_want_all_items_ticked() -> None:
    field = made_field("multiselect", settings={"must_all_checked": True})
    some = normalise(field, ["Red", "Blue"], PEOPLE)
    assert why_incomplete([field], {field.key: some})
    assert not why_incomplete([field], {field.key: normalise(field, [1, 2, 3], PEOPLE)})


@pytest.mark.rule("T-077")
@pytest.mark.parametrize(
    ("default", "kept"), [("today", "2026-06-10"), ("today+7", "2026-06-17"), ("today-10", "2026-05-31")]
)
def test_a_date_may_default_to_days_from_today(default: str, kept: str) -> None:
    field = made_field("date", default_value=default, default_value_enabled=True)
    assert default_answer(field, date(2026, 6, 10)) == kept


@pytest.mark.rule("T-076")
@pytest.mark.parametrize(
    ("kind", "default"), [("file", [{"id": "a"}]), ("table", ["a", "b"]), ("radio", "Green")]
)
def test_a_default_that_cannot_be_is_none(kind: str, default: Any) -> None:
    field = made_field(kind, default_value=default, default_value_enabled=True)
    assert default_answer(field, date(2026, 6, 10)) is None


@pytest.mark.rule("T-082")
def test_merging_tells_all_wrong_fields_and_drops_unknown_ones() -> None:
    fields = version(
        prerun=[form_field("one"), form_field("two", "radio"), form_field("three", "email")]
    ).kickoff
    with pytest.raises(Refused) as refused:
        merge(fields, {}, {hexed("two").upper(): "?", "three": "?", "four": 1}, PEOPLE, "prerun")
    assert set(refused.value.reasons) == {f"prerun.{hexed('two')}", f"prerun.{hexed('three')}"}


def test_merging_touches_only_the_answers_that_are_sent() -> None:
    fields = version(prerun=[form_field("one"), form_field("two"), form_field("three")]).kickoff
    current = {hexed("one"): "1", hexed("two"): "2"}
    assert merge(fields, current, {"two": None, str(fields[2].id): "3"}, PEOPLE, "prerun") == {
        hexed("one"): "1",
        hexed("three"): "3",
    }


words = st.sampled_from(
    ["Blue", "blue ", "id", "text", "selected", "users", "2026-06-10", "a@b.example", "1", "=?"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | words, inner, max_size=3),
    max_leaves=8,
)
some_fields = st.builds(
    made_field,
    st.sampled_from(sorted(NORMALISERS)),
    collect_time=st.booleans(),
    field_validation=st.lists(st.sampled_from(["numeric", "min:2", "alpha", "url"]), max_size=2),
)
likely = (
    anything
    | st.lists(st.sampled_from(["Red", 3, {"id": 1, "text": "Red", "selected": True}]), max_size=3)
    | st.lists(st.lists(st.text(max_size=2) | st.integers(), max_size=3) | st.text(max_size=2), max_size=3)
    | st.fixed_dictionaries(
        {"users": st.lists(st.integers(0, 3)), "guests": st.lists(st.emails(), max_size=2)}
    )
    | st.lists(st.fixed_dictionaries({"url": st.text(max_size=8) | st.just("example.com/a")}), max_size=2)
    | st.datetimes().map(str)
    | st.dates().map(str)
)


@given(some_fields, likely)
def test_any_value_is_refused_in_words_or_stays_as_it_is_kept(field: Any, value: Any) -> None:
    try:
        kept = normalise(field, value, PEOPLE)
    except InvalidAnswer:
        return
    assert normalise(field, kept, PEOPLE) == kept
    is_blank(field, kept)
    why_incomplete([field], {field.key: kept})


@given(some_fields, anything)
def test_stored_values_of_any_kind_can_be_looked_at(field: Any, value: Any) -> None:
    is_blank(field, value)
    why_incomplete([field], {field.key: value})
