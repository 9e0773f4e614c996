"""What a step may refer to: its stage, the anchor of its deadline, the template that follows it, its tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from stepwell.errors import invalid
from stepwell.templates.drafts import Draft
from stepwell.templates.step_schemas import START

KNOWN = """
    SELECT EXISTS (SELECT FROM template_stages WHERE organization_id = %(organization_id)s
                      AND template_id = %(template_id)s AND id = %(stage_id)s),
           ARRAY(SELECT id FROM tags WHERE organization_id = %(organization_id)s AND id = ANY (%(tags)s))
"""
ANCHORS = """
    SELECT hex(id), deadline ->> 'step' FROM template_steps
     WHERE organization_id = %(organization_id)s AND template_id = %(template_id)s
"""
FOLLOW_UP = """
    SELECT target.type, target.archived_at IS NOT NULL,
           target.dual_version_enabled AND target.published_version_id IS NULL,
           EXISTS (SELECT FROM template_fields field WHERE field.organization_id = %(organization_id)s
                      AND field.template_id = target.id AND field.step_id IS NULL AND field.required),
           EXISTS (SELECT FROM template_steps other WHERE other.organization_id = %(organization_id)s
                      AND other.template_id = %(template_id)s AND other.id <> %(step_id)s
                      AND other.bp_to_launch ->> 'id' = %(target)s
                      AND other.bp_to_launch ->> 'tasks_within_process' = 'true')
      FROM templates target
     WHERE target.organization_id = %(organization_id)s AND target.id = %(target)s::uuid
"""

Reasons = dict[str, list[str]]


async def check_step(draft: Draft, step_id: UUID, changes: dict[str, Any], tags: Iterable[UUID] = ()) -> None:
    """Whether what `changes` (columns) and `tags` name may be named. Raises Refused with every wrong key."""
    reasons: Reasons = {}
    stage_id = changes.get("stage_id")
    wanted = {"template_id": draft.id, "stage_id": stage_id, "tags": list(tags)}
    stage_is_known, known_tags = await draft.tenant.fetch_one(KNOWN, wanted)
    if stage_id is not None and not stage_is_known:
        reasons["stage_id"] = ["The selected stage id is invalid."]
    if not set(tags) <= set(known_tags):
        reasons["tags"] = ["Some tags do not exist"]
    if changes.get("deadline"):
        reasons |= await _why_no_anchor(draft, step_id, changes["deadline"]["step"])
    if changes.get("bp_to_launch"):
        reasons |= await _why_no_follow_up(draft, step_id, changes["bp_to_launch"])
    if reasons:
        raise invalid(reasons)


async def _why_no_anchor(draft: Draft, step_id: UUID, anchor: str) -> Reasons:
    """A deadline counts from the launch or another step of the template, never from itself (T-121)."""
    if anchor == START:
        return {}
    rows = await draft.tenant.fetch_all(ANCHORS, {"template_id": draft.id})
    anchors: dict[str, str | None] = {anchored: base for anchored, base in rows}  # noqa: C416 - typed
    if anchor not in anchors:
        return {"deadline.step": ["The selected deadline.step is invalid."]}
    seen: set[str] = set()
    following: str | None = anchor
    while following is not None and following in anchors and following not in seen:
        if following == step_id.hex:
            return {"deadline.step": ["The deadline of a step cannot depend on itself."]}
        seen.add(following)
        following = anchors[following]
    return {}


async def _why_no_follow_up(draft: Draft, step_id: UUID, follow_up: dict[str, Any]) -> Reasons:
    """The template that follows can be launched without anybody's answers (T-097)."""
    wanted = {"template_id": draft.id, "step_id": step_id, "target": follow_up["id"]}
    row = await draft.tenant.fetch_first(FOLLOW_UP, wanted)
    if row is None or row[1] or follow_up["id"] == draft.id.hex:
        return {"bp_to_launch.id": ["The selected bp_to_launch.id is invalid."]}
    kind, _, unpublished, asks, inserted = row
    message = ""
    if kind == "document":
        message = "A document cannot be launched when a task is completed."
    elif unpublished:
        message = "This template is not published."
    elif asks:
        message = "A template with required kick-off fields cannot be launched when a task is completed."
    elif inserted and follow_up["tasks_within_process"]:
        message = "The tasks of a template can be inserted by one step only."
    return {"bp_to_launch.id": [message]} if message else {}
