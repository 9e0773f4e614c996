"""The text of a comment: made safe to read, and whom it mentions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from stepwell.engine.markup import clean_html
from stepwell.http.values import LARGEST_ID

MENTION = re.compile(r"@\[([0-9]{1,15}|[0-9a-fA-F]{32})\]")
EDITOR_MENTION = re.compile(r'<span\b[^<>]*\bdata-id="([0-9]{1,15}|[0-9a-fA-F]{32})"[^<>]*>[^<]*</span>')
ADDRESS = re.compile(
    r"""(?:^|[\s(,;])[+@]([^\s@<>()\[\],;:"'&]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)"""
)
MARKUP = re.compile(r"<[^<>]*>|&nbsp;|\u00a0|\u200b")


def comment_text(text: str) -> str:
    """The text as it is stored: without what could run in a browser, every mention written as @[id]."""
    return EDITOR_MENTION.sub(r"@[\1]", clean_html(text.strip()))


def is_blank(text: str) -> bool:
    """Whether a stored text shows nothing: neither a word nor a picture."""
    return "<img" not in text and not MARKUP.sub("", text).strip()


@dataclass(frozen=True, slots=True)
class MentionedInText:
    users: frozenset[int]
    groups: frozenset[UUID]


def mentioned_in(text: str) -> MentionedInText:
    """The ids that a stored text mentions, whether or not there is anybody of that id."""
    found = set(MENTION.findall(text))
    return MentionedInText(
        users=frozenset(int(one) for one in found if len(one) < 32 and int(one) <= LARGEST_ID),
        groups=frozenset(UUID(one) for one in found if len(one) == 32),
    )


def invited_in(text: str) -> tuple[str, ...]:
    """The addresses that a stored text brings in by +address or @address, in their order, in small letters."""
    return tuple(dict.fromkeys(found.lower() for found in ADDRESS.findall(MARKUP.sub(" ", text))))
