"""HTML that people wrote, made safe to show in another person's browser: whatever could run there is dropped."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import nh3

VARIABLE = re.compile(r"\{\{[^{}]*\}\}")
ZERO_WIDTH = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))

BLOCKS = {"editor-form-field", "editor-snippet", "editor-blueprint"}
TAGS = nh3.ALLOWED_TAGS | BLOCKS | {"video", "source", "tfoot"}
ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "video": {"src", "controls", "poster", "width", "height", "preload"},
    "source": {"src", "type"},
    "*": {
        "class",
        "contenteditable",
        "data-id",
        "data-snippet-id",
        "data-blueprint-id",
        "data-field-id",
        "style",
    },
}
SCHEMES = {"http", "https", "mailto", "tel"}
STYLES = {
    "text-align", "color", "background-color", "width", "height", "font-weight", "font-style",
    "page-break-before", "page-break-after", "break-before", "break-after",
}  # fmt: skip

PLAYERS = frozenset({
    "www.youtube.com", "www.youtube-nocookie.com", "player.vimeo.com", "www.loom.com", "fast.wistia.net",
    "www.dailymotion.com",
})  # fmt: skip
"""Whose pages may stand in a frame: players of videos. A frame of anybody's page could pretend to be this one."""
FRAME = re.compile(r"(<iframe\b[^<>]*>).*?</iframe>", re.DOTALL)


def _of_a_player(tag: str, attribute: str, value: str) -> str | None:
    """Drops the address of a frame that shows anything but a known player."""
    if (tag, attribute) != ("iframe", "src"):
        return value
    try:
        address = urlsplit(value)
        return value if address.scheme == "https" and address.netloc.lower() in PLAYERS else None
    except ValueError:
        return None


_PLAIN = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    filter_style_properties=STYLES,
    link_rel="noopener noreferrer",
)
_WITH_FRAMES = nh3.Cleaner(
    tags=TAGS | {"iframe"},
    attributes={**ATTRIBUTES, "iframe": {"src", "width", "height", "title", "allowfullscreen"}},
    attribute_filter=_of_a_player,
    set_tag_attribute_values={
        "iframe": {"sandbox": "allow-scripts allow-same-origin allow-presentation allow-popups"}
    },
    url_schemes=SCHEMES,
    filter_style_properties=STYLES,
    link_rel="noopener noreferrer",
)


def clean_html(value: str) -> str:
    """HTML without what could run: scripts, handlers, addresses that are no links. The blocks of the editor stay."""
    if "{{" in value:
        value = VARIABLE.sub(lambda found: found.group().translate(ZERO_WIDTH), value)
    if "<" not in value and "&" not in value:
        return value
    if "<iframe" not in value.lower():
        return _PLAIN.clean(value)
    return FRAME.sub(
        lambda found: f"{found[1]}</iframe>" if " src=" in found[1] else "", _WITH_FRAMES.clean(value)
    )
