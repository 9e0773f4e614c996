"""What the bot says on many tasks at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stepwell.comments.adding import MEMBER_STATE, Scene, event_of
from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event

INSERT = """
    INSERT INTO comments (organization_id, id, subject_type, subject_id, process_id, template_id, step_id,
                          author_type, content, label, state, created_at, updated_at)
    SELECT %(organization_id)s, said.id, said.type, said.subject_id, said.process_id, said.template_id,
           said.step_id, 'bot', said.content, 'comment', %(state)s, %(at)s, %(at)s
      FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(subjects)s::uuid[], %(processes)s::uuid[],
                  %(templates)s::uuid[], %(steps)s::uuid[], %(contents)s::text[])
           said (id, type, subject_id, process_id, template_id, step_id, content)
"""


async def say_by_bot(tenant: Tenant, said: Sequence[tuple[Scene, str]], at: datetime) -> list[Event]:
    """Write these comments, which are safe HTML and tell nobody. Returns an event for each, for the caller to append
    to the log of its scene."""
    if not said:
        return []
    ids = [new_id() for _ in said]
    scenes = [scene for scene, _ in said]
    await tenant.execute(
        INSERT,
        {
            "ids": ids,
            "types": [scene.type for scene in scenes],
            "subjects": [scene.id for scene in scenes],
            "processes": [scene.process_id for scene in scenes],
            "templates": [scene.template_id for scene in scenes],
            "steps": [scene.step_id for scene in scenes],
            "contents": [content for _, content in said],
            "state": MEMBER_STATE,
            "at": at,
        },
    )
    return [
        event_of(scene, "commented", f"Commented on {scene.subject}: {scene.title}", comment_id)
        for scene, comment_id in zip(scenes, ids, strict=True)
    ]
