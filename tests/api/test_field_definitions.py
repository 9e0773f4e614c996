"""Options, columns, validation and defaults of form fields, in the forms that clients send."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.templating import Json, add_field, fields_path, make_template, wrong
from tests.conftest import Client


@pytest.fixture
def template(ada: Client) -> Json:
    return make_template(ada, "Check")


def post(client: Client, template: Json, kind: str, **more: Any) -> httpx.Response:
    body = {"label": "A field", "field_type": kind, "required": False, **more}
    return client.post(fields_path(template, template["steps"][0]), json=body)


def made(client: Client, template: Json, kind: str, **more: Any) -> Json:
    return add_field(client, template, template["steps"][0], field_type=kind, **more)


@pytest.mark.rule("T-065")
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (["a", "b"], [(1, "a"), (2, "b")]),
        ([{"label": "a"}, {"name": "b"}, {"value": "c"}], [(1, "a"), (2, "b"), (3, "c")]),
        ([{"id": 7, "text": "a"}, {"text": "b"}], [(7, "a"), (1, "b")]),
        ([{"id": "2", "text": "a"}, {"text": "b"}, "c"], [(2, "a"), (1, "b"), (3, "c")]),
        ([{"id": 3, "text": "a"}, {"id": 3, "text": "b"}], [(3, "a"), (1, "b")]),
        ([{"id": "x", "text": "a"}, {"id": 1, "text": "b"}], [(2, "a"), (1, "b")]),
        ([1, 2.5], [(1, "1"), (2, "2.5")]),
    ],
)
def test_options_get_a_text_and_a_number(ada: Client, template: Json, sent: Any, stored: Any) -> None:
    options = made(ada, template, "dropdown", options=sent)["options"]
    assert [(one["id"], one["text"]) for one in options] == stored
    assert all(one["value"] is None for one in options)


def test_what_else_an_option_says_is_kept(ada: Client, template: Json) -> None:
    option = {"id": 1, "text": "A", "value": None, "required": True, "selected": False, "description": "why"}
    assert made(ada, template, "multiselect", options=[option])["options"] == [option]


@pytest.mark.rule("T-065")
@pytest.mark.parametrize(
    ("kind", "options", "key"),
    [
        ("radio", ["a"], "options"),
        ("radio", [], "options"),
        ("dropdown", [], "options"),
        ("dropdown", None, "options"),
        ("multiselect", "a,b", "options"),
        ("dropdown", ["a", ""], "options.1.text"),
        ("dropdown", [{"id": 1}], "options.0.text"),
        ("dropdown", [["a"]], "options.0"),
        ("dropdown", [{"text": "x" * 1001}], "options.0.text"),
    ],
)
def test_wrong_options_are_named(ada: Client, template: Json, kind: str, options: Any, key: str) -> None:
    assert set(wrong(post(ada, template, kind, options=options))) == {key}


@pytest.mark.rule("T-065")
@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ([], "columns"),
        (None, "columns"),
        ("a", "columns"),
        ([{"id": 1}], "columns.0.label"),
        ([""], "columns.0.label"),
    ],
)
def test_wrong_columns_are_named(ada: Client, template: Json, columns: Any, key: str) -> None:
    assert set(wrong(post(ada, template, "table", columns=columns))) == {key}


def test_columns_get_a_label_and_a_number(ada: Client, template: Json) -> None:
    columns = made(ada, template, "table", columns=["a", {"text": "b"}, {"id": 9, "label": "c"}])["columns"]
    assert columns == [{"id": 1, "label": "a"}, {"id": 2, "label": "b"}, {"id": 9, "label": "c"}]


def test_choices_of_other_types_are_ignored(ada: Client, template: Json) -> None:
    field = made(ada, template, "text", options=["a"], columns=["b"])
    assert (field["options"], field["columns"]) == ([], [])


@pytest.mark.rule("T-070")
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("required|numeric|min:3", ["required", "numeric", "min:3"]),
        (["numeric", " max:5 "], ["numeric", "max:5"]),
        ("", []),
        (None, []),
        ([], []),
        (["of our own"], ["of our own"]),
    ],
)
def test_validation_is_a_list_of_rules(ada: Client, template: Json, sent: Any, stored: list[str]) -> None:
    assert made(ada, template, "text", field_validation=sent)["field_validation"] == stored


@pytest.mark.rule("T-070", "T-072")
def test_common_properties_are_kept(ada: Client, template: Json) -> None:
    more = {
        "guidance": "<p>See <a href=\"https://a.example\" rel=\"noopener noreferrer\">here</a></p>",
        "prefix": "$", "suffix": "each", "settings": {"must_all_checked": True}, "list": {"id": 4},
        "collect_time": True, "use_wysiwyg_editor": True, "default_value_enabled": True, "default_value": "12",
    }  # fmt: skip
    field = made(ada, template, "text", **more)
    assert {key: field[key] for key in more} == more


def test_script_in_guidance_is_removed(ada: Client, template: Json) -> None:
    field = made(ada, template, "text", guidance="<p onclick='x()'>Hi</p><script>alert(1)</script>")
    assert field["guidance"] == "<p>Hi</p>"
    field = made(
        ada, template, "textarea", use_wysiwyg_editor=True, default_value="<b>a</b><script>b</script>"
    )
    assert field["default_value"] == "<b>a</b>"


@pytest.mark.parametrize(
    ("key", "value"),
    [("prefix", "x" * 256), ("settings", "x"), ("field_validation", 5), ("field_validation", ["x" * 256]),
     ("label", "x" * 501), ("default_value_enabled", "maybe")],
)  # fmt: skip
def test_wrong_properties_are_named(ada: Client, template: Json, key: str, value: Any) -> None:
    (found,) = wrong(post(ada, template, "text", **{key: value}))
    assert found.split(".")[0] == key


OPTIONS = [{"id": 1, "text": "A"}, {"id": 2, "text": "B"}]


@pytest.mark.parametrize(
    ("kind", "sent", "stored"),
    [
        ("text", "Hello {{name-1234567}}", "Hello {{name-1234567}}"),
        ("text", 5, "5"),
        ("textarea", " two\nlines ", " two\nlines "),
        ("date", "2026-05-01", "2026-05-01"),
        ("date", "today+7", "today+7"),
        ("email", "{{mail-1234567}}", "{{mail-1234567}}"),
        ("radio", "B", "B"),
        ("dropdown", {"id": 2, "text": "B"}, {"id": 2, "text": "B", "value": None}),
        ("file", [{"filename": "a.pdf", "url": "https://a.example/a.pdf", "source": "url"}],
         [{"filename": "a.pdf", "url": "https://a.example/a.pdf", "source": "url"}]),
        ("assignees_form", {"users": [1]}, None),
        ("text", "", None),
    ],
)  # fmt: skip
def test_a_default_is_an_answer_to_the_field(
    ada: Client, template: Json, kind: str, sent: Any, stored: Any
) -> None:
    choices = {"options": OPTIONS} if kind in ("radio", "dropdown") else {}
    assert made(ada, template, kind, default_value=sent, **choices)["default_value"] == stored


@pytest.mark.parametrize(
    ("kind", "sent"),
    [("date", "soon"), ("radio", "C"), ("dropdown", {"id": 1, "text": "B"}), ("email", "nobody"), ("text", ["a"]),
     ("multiselect", "x"), ("file", "a.pdf")],
)  # fmt: skip
def test_a_default_that_is_no_answer_is_refused(ada: Client, template: Json, kind: str, sent: Any) -> None:
    choices = {"options": OPTIONS} if kind in ("radio", "dropdown", "multiselect") else {}
    assert set(wrong(post(ada, template, kind, default_value=sent, **choices))) == {"default_value"}


def test_an_echoed_default_that_no_longer_fits_is_dropped(ada: Client, template: Json) -> None:
    field = made(ada, template, "radio", options=OPTIONS, default_value="B")
    path = f"{fields_path(template, template['steps'][0])}/{field['id']}"
    changed = ada.data("PUT", path, json={**field, "options": ["X", "Y"]})
    assert changed["default_value"] is None


def test_aliases_differ_though_labels_do_not(ada: Client, template: Json) -> None:
    aliases = {made(ada, template, "text", label="Straße №")["alias"] for _ in range(3)}
    assert len(aliases) == 3
    assert all(alias.startswith("strae-no-") for alias in aliases)
    assert made(ada, template, "text", label="日本")["alias"].startswith("field-")
