"""What the tests of the page "Update process" send: the values of each key, and what becomes of them."""

from __future__ import annotations

from typing import Any

from tests.api.drawn import Drawn, asks, draw, shows, step
from tests.conftest import Client

FIRST_KEYS = [
    "id", "checklist_id", "checklist_title", "name", "summary", "status", "progress", "owner_id", "starred",
    "is_public", "users", "groups", "created_at", "last_updated",
]  # fmt: skip
"""The keys of the documented answer, which come first."""

SENT_BACK = (
    "name", "summary", "owner_id", "is_public", "publicly_hidden_fields", "groups", "due_date", "can_add_oot",
    "parent_id", "assign_someone_else", "prerun",
)  # fmt: skip
"""The keys that a client may read and send back as they are."""

NO_NAMES = [
    ("n" * 551, "The name may not be greater than 550 characters."),
    ("", "The name field is required."),
    ("   ", "The name field is required."),
    (None, "The name field is required."),
    (7, "The name must be a string."),
    (["x"], "The name must be a string."),
]
SUMMARIES = [
    ("Plain", "Plain"),
    (None, None),
    ("", None),
    ("<p>Rich <b>text</b></p>", "<p>Rich <b>text</b></p>"),
    ("<p onclick='x()'>Hi<script>alert(1)</script></p>", "<p>Hi</p>"),
]
SPELLED = [
    ("true", True), ("1", True), (1, True), ("True", True), ("yes", True), ("on", True),
    (0, False), ("false", False), ("no", False),
]  # fmt: skip

SWITCHES = ("starred", "is_public", "assign_someone_else", "can_add_oot")
LISTS = ("users", "groups", "tags", "folders")
HIDDEN = "publicly_hidden_fields"
NO_VALUES = [
    ("summary", 5, "summary"),
    ("due_date", 1780000000, "due_date"),
    *((key, value, key) for key in SWITCHES for value in ("maybe", 2, None, [], {})),
    *((key, value, key) for key in LISTS for value in ("12", {"a": 1}, 7, None)),
    *((key, value, f"{key}.0") for key in LISTS for value in (["x"], [None])),
    *((HIDDEN, value, HIDDEN) for value in ("comments", {"a": 1}, 3, None)),
    (HIDDEN, ["comments", 3], f"{HIDDEN}.1"),
    *(("prerun", value, "prerun") for value in ("text", 5, True, [1], [["a"]])),
]
"""A key, a value that it does not take, and the path under which it is refused."""

GOLD = {"id": 2, "text": "Gold", "value": None}
CHOSEN = {**GOLD, "required": False, "selected": True}
ANSWERS = [
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
]
"""The type of a kick-off field, an answer as it may be sent, and as it is kept."""

NO_ANSWERS = [
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
]
"""The type of a kick-off field, what is no answer to it, and the message if the page gives one."""

SOME_ANSWERS: dict[str, Any] = {
    "email": "kim@acme.example",
    "date": "2026-01-01",
    "radio": "Basic",
    "dropdown": "Basic",
    "multiselect": ["Basic"],
    "table": ["a", "b"],
    "file": [{"url": "https://x.example/a"}],
}
KINDS = ("textarea", "email", "date", "radio", "dropdown", "multiselect", "table", "assignees_form", "file")


def draw_every_type(database: str, client: Client) -> Drawn:
    """A template that asks for an answer of every type; its second step appears for one of them."""
    kickoff = [
        asks("text", required=True),
        *(asks(kind, kind) for kind in KINDS),
        asks("moment", "date", collect_time=True),
    ]
    rules = [shows("Visit", "radio", "Gold")]
    return draw(database, client, step("Call"), step("Visit"), kickoff=kickoff, rules=rules)
