"""Why a rule can never fire, in words."""

from __future__ import annotations

from stepwell.engine.health.outlook import Outlook
from stepwell.engine.health.wording import condition_in_words, listed, quoted
from stepwell.engine.model import Rule


def why_never(outlook: Outlook, rule: Rule) -> str:
    """Half a sentence that ends the one about a rule that can never fire; the first reason found is told."""
    for conditions in outlook.dead[rule.id]:
        words = [condition_in_words(outlook.version, one) for one in conditions]
        if not all(outlook.logic.exists(one) for one in conditions):
            return "it asks about something that no longer exists"
        if len(words) == 1:
            return f"{words[0]}: that can never be"
        return f"{listed(words)}: that cannot be at once"
    for way in outlook.ways[rule.id]:
        missing = [
            step for step in outlook.version.steps if step.id in way.needs and step.id not in outlook.reached
        ]
        titles = listed(quoted(step.title) for step in missing)
        are = "steps that can" if len(missing) > 1 else "a step that can"
        return f"it waits for {titles}, {are} never be shown"
    return "it has no conditions"
