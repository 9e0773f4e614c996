"""Tags on steps; the tasks made of a step get them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from stepwell.errors import NotFound, invalid
from stepwell.http.call import Call
from stepwell.tags.queries import association_json
from stepwell.templates.drafts import Draft, editing
from stepwell.templates.parts import title_of

ATTACH = """
    INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id, created_at)
    SELECT %(organization_id)s, new.id, new.tag_id, 'Step', %(step_id)s, %(at)s
      FROM unnest(%(ids)s::bigint[], %(tags)s::uuid[]) new (id, tag_id)
        ON CONFLICT (organization_id, subject_id, tag_id) DO NOTHING
"""
TAG = """
    SELECT tag.title, tagged.id FROM tags tag
      LEFT JOIN tag_associations tagged ON tagged.organization_id = tag.organization_id
            AND tagged.tag_id = tag.id AND tagged.subject_id = %(step_id)s
     WHERE tag.organization_id = %(organization_id)s AND tag.id = %(tag_id)s
"""
DETACH = """
    DELETE FROM tag_associations tagged USING tags tag
     WHERE tagged.organization_id = %(organization_id)s AND tagged.id = %(association_id)s
       AND tagged.subject_type = 'Step' AND tagged.subject_id = %(step_id)s
       AND tag.organization_id = tagged.organization_id AND tag.id = tagged.tag_id
    RETURNING tag.title
"""


async def attach_tags(draft: Draft, step_id: UUID, tags: Sequence[UUID]) -> None:
    """Put tags that exist on a step; those that are there already stay as they are."""
    distinct = list(dict.fromkeys(tags))
    if distinct:
        ids = await draft.call.numbers.take(draft.tenant.organization_id, "tag_association", len(distinct))
        wanted = {"step_id": step_id, "tags": distinct, "ids": list(ids), "at": draft.at}
        await draft.tenant.execute(ATTACH, wanted)


async def tag_step(call: Call, key: str, step_id: UUID, tag_id: UUID) -> tuple[bool, str]:
    """Put a tag on a step. Returns whether it is new there, and the association's JSON."""
    async with editing(call, key, edited=False) as draft:
        title = await title_of(draft.tenant, draft.id, "step_id", {"step_id": step_id})
        wanted = {"step_id": step_id, "tag_id": tag_id}
        tag = await draft.tenant.fetch_first(TAG, wanted)
        if tag is None:
            raise invalid({"tag_id": ["The selected tag id is invalid."]})
        is_new = tag[1] is None
        if is_new:
            draft.edited = True
            await attach_tags(draft, step_id, [tag_id])
            note_tag(draft, step_id, f"Tagged step: {title}", None, tag[0])
            await draft.finish()
        else:
            draft.finished = True  # nothing changes, so nothing is written
        return is_new, str(await association_json(draft.tenant, step_id, tag_id))


async def untag_step(call: Call, key: str, step_id: UUID, association_id: int) -> None:
    """Take a tag from a step. Raises NotFound when the association is not one of the step."""
    async with editing(call, key) as draft:
        title = await title_of(draft.tenant, draft.id, "step_id", {"step_id": step_id})
        row = await draft.tenant.fetch_first(DETACH, {"step_id": step_id, "association_id": association_id})
        if row is None:
            raise NotFound
        note_tag(draft, step_id, f"Took a tag from step: {title}", row[0], None)


def note_tag(draft: Draft, step_id: UUID, description: str, old: str | None, new: str | None) -> None:
    """Remember that a step's tags changed."""
    draft.note(
        "updated",
        description,
        kind="Step",
        subject="step",
        subject_id=step_id,
        field="tags",
        old=old,
        new=new,
    )
