"""Writing a comment inside any command's transaction: the row, whom it mentions, what they may then see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stepwell.comments.texts import mentioned_in
from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.model import Event, Task
from stepwell.events.log import Author

GUEST_STATE, MEMBER_STATE = "open", "hide-for-guests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is talked about: a locked task ('Task'), process ('Run') or template ('Checklist')."""

    type: str
    id: UUID
    title: str
    process_id: UUID | None = None
    template_id: UUID | None = None
    step_id: UUID | None = None

    @property
    def subject(self) -> str:
        return {"Task": "task", "Run": "process", "Checklist": "template"}[self.type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A comment to be written. `content` comes from `texts.comment_text`; `state` None is the usual one."""

    content: str
    state: str | None = None
    label: str = "comment"
    parent_id: UUID | None = None
    resolve_id: UUID | None = None
    sent_to: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """A comment that was written. `involved`: somebody may see the process now who might not before."""

    id: UUID
    event: Event
    involved: bool


def scene_of(task: Task, process_id: UUID | None) -> Scene:
    """The scene of a comment on a task, in a process or alone (None)."""
    return Scene(
        type="Task",
        id=task.id,
        title=task.title,
        process_id=process_id,
        template_id=task.template_id,
        step_id=task.step_id,
    )


INSERT = """
    INSERT INTO comments (organization_id, id, subject_type, subject_id, process_id, template_id, step_id,
                          parent_id, author_id, author_type, content, label, state, resolve_id, mentions,
                          created_at, updated_at)
    VALUES (%(organization_id)s, %(id)s, %(subject_type)s, %(subject_id)s, %(process_id)s, %(template_id)s,
            %(step_id)s, %(parent_id)s, %(author_id)s, %(author_type)s, %(content)s, %(label)s, %(state)s,
            %(resolve_id)s, %(mentions)s, %(at)s, %(at)s)
"""


async def add_comment(tenant: Tenant, scene: Scene, said: Said, author: Author, at: datetime) -> Added:
    """Write a comment, tell those whom it mentions, and let them see what it is about (P-441, P-585).

    The caller appends the event to the log of the scene, and has `involved` followed by `Work.save`:

        scene = scene_of(task, work.process.id)
        added = await add_comment(work.tenant, scene, Said(content=comment_text(text)), author, work.at)
        await work.save(replace(change, events=(*change.events, added.event)), involved=added.involved)

    The bot tells nobody, and guests do not: who is a member is not for them to know (P-587).
    """
    comment_id = new_id()
    told: list[int] = []
    involved = False
    if author.kind == "user":
        told, involved = await tell(tenant, scene, said.content, said.sent_to)
    wanted = {
        "id": comment_id,
        "subject_type": scene.type,
        "subject_id": scene.id,
        "process_id": scene.process_id,
        "template_id": scene.template_id,
        "step_id": scene.step_id,
        "parent_id": said.parent_id,
        "author_id": author.person_id,
        "author_type": author.kind,
        "content": said.content,
        "label": said.label,
        "state": said.state or (GUEST_STATE if author.kind == "guest" else MEMBER_STATE),
        "resolve_id": said.resolve_id,
        "mentions": told,
        "at": at,
    }
    await tenant.execute(INSERT, wanted)
    event = event_of(scene, "commented", f"Commented on {scene.subject}: {scene.title}", comment_id)
    return Added(comment_id, event, involved)


def event_of(scene: Scene, verb: str, description: str, comment_id: UUID) -> Event:
    """Something that happened to a comment, in the log of what it is about; the text stays out of the log."""
    return Event(
        verb=verb,
        kind="Comment",
        subject=scene.subject,
        subject_id=scene.id,
        description=description,
        new={"comment_id": comment_id.hex},
    )


MEMBERS = """
    SELECT ARRAY(SELECT person.id FROM people person
                  WHERE person.organization_id = %(organization_id)s AND person.kind = 'member'
                    AND person.status IN ('active', 'invited')
                    AND (person.id = ANY (%(users)s) OR person.id IN (
                         SELECT grouped.person_id FROM group_people grouped
                          WHERE grouped.organization_id = %(organization_id)s
                            AND grouped.group_id = ANY (%(groups)s)))
                  ORDER BY person.id),
           ARRAY(SELECT person.id FROM people person
                  WHERE person.organization_id = %(organization_id)s AND person.kind = 'member'
                    AND person.status IN ('active', 'invited') AND person.id = ANY (%(sent_to)s)
                  ORDER BY person.id)
"""
LET_SEE_PROCESS = """
    UPDATE processes
       SET mentioned = ARRAY(SELECT DISTINCT unnest(mentioned || %(users)s::bigint[]) ORDER BY 1)
     WHERE organization_id = %(organization_id)s AND id = %(process_id)s
       AND NOT mentioned @> %(users)s::bigint[]
    RETURNING id
"""
LET_SEE_TASK = """
    UPDATE tasks
       SET mentioned = ARRAY(SELECT DISTINCT unnest(mentioned || %(users)s::bigint[]) ORDER BY 1)
     WHERE organization_id = %(organization_id)s AND id = %(task_id)s AND NOT mentioned @> %(users)s::bigint[]
"""


async def tell(
    tenant: Tenant, scene: Scene, content: str, sent_to: Collection[int]
) -> tuple[list[int], bool]:
    """Whom a comment is sent to, and whether one of them may see the process only from now on.

    Mentioned members, and those of mentioned groups, may see the process or the task from now on. A name in
    `sent_to` alone gives no right.
    """
    mentioned = mentioned_in(content)
    if not (mentioned.users or mentioned.groups or sent_to):
        return [], False
    wanted = {"users": list(mentioned.users), "groups": list(mentioned.groups), "sent_to": list(sent_to)}
    named, others = await tenant.fetch_one(MEMBERS, wanted)
    involved = False
    if named and scene.process_id is not None:
        seen = {"users": named, "process_id": scene.process_id}
        involved = await tenant.fetch_first(LET_SEE_PROCESS, seen) is not None
    elif named and scene.type == "Task":
        await tenant.execute(LET_SEE_TASK, {"users": named, "task_id": scene.id})
    return sorted({*named, *others}), involved
