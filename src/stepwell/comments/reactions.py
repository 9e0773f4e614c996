"""Reactions to a comment: a short sign, and who gave it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from stepwell.errors import refused

LONGEST_EMOJI = 32  # characters; a family with skin tones takes a dozen
MOST_EMOJIS = 50  # different ones on a comment


def refuse_odd_emoji(emoji: str) -> None:
    """Raises Refused for what is no sign: too long, with white space, or with markup in it."""
    if len(emoji) > LONGEST_EMOJI or any(sign.isspace() or sign in "<>&\"'" for sign in emoji):
        raise refused("emoji", "The selected emoji is invalid.")


def with_reaction(reactions: Sequence[dict[str, Any]], emoji: str, user_id: int, wanted: bool) -> str | None:
    """The reactions as JSON text after this one was given or taken back; None when nothing changes."""
    users: dict[str, list[int]] = {one["emoji"]: list(one["users"]) for one in reactions}
    given = user_id in users.get(emoji, [])
    if given == wanted:
        return None
    if wanted:
        if len(users) >= MOST_EMOJIS and emoji not in users:
            raise refused("emoji", f"A comment may not have more than {MOST_EMOJIS} different reactions.")
        users.setdefault(emoji, []).append(user_id)
    else:
        users[emoji].remove(user_id)
    kept = [{"emoji": name, "users": ids} for name, ids in users.items() if ids]
    return json.dumps(kept, ensure_ascii=False)
