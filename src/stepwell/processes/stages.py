"""The milestones of a running process: its own, copied from the template at launch."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from psycopg import sql

from stepwell.db.ids import new_id
from stepwell.engine.model import Change, Event, Task
from stepwell.errors import Forbidden, NotFound
from stepwell.http.call import Call
from stepwell.processes.frames import CalledWork, refuse_archived, working_on
from stepwell.processes.parts import ONE_STAGE, STAGES
from stepwell.processes.queries import read_part
from stepwell.processes.schemas import ChangeStage, NewStage

IN_ORDER = """
    SELECT id FROM process_stages
     WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s ORDER BY position, id
"""
ADD = """
    INSERT INTO process_stages (organization_id, process_id, id, name, position)
    VALUES (%(organization_id)s, %(process_id)s, %(stage_id)s, %(name)s, %(position)s)
"""
RENAME = """
    UPDATE process_stages SET name = %(name)s
     WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s AND id = %(stage_id)s
"""
REMOVE = """
    DELETE FROM process_stages
     WHERE organization_id = %(organization_id)s AND process_id = %(process_id)s AND id = %(stage_id)s
"""
PLACE = """
    UPDATE process_stages stage SET position = placed.position
      FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY placed (id, position)
     WHERE stage.organization_id = %(organization_id)s AND stage.process_id = %(process_id)s
       AND stage.id = placed.id AND stage.position <> placed.position
"""
READ_ONE = sql.SQL("""
    SELECT ({stage} -> 0)::text FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
""").format(stage=ONE_STAGE)


async def read_stages(call: Call, process_id: UUID) -> str:
    """The milestones in their order."""
    return await read_part(call, process_id, STAGES)


async def add_stage(call: Call, process_id: UUID, data: NewStage) -> str:
    """Add a milestone at a position, by default the last. Returns its JSON."""
    async with working_on(call, process_id) as work:
        stages = await _changeable(work)
        stage_id = new_id()
        wanted = {
            "process_id": process_id,
            "stage_id": stage_id,
            "name": data.name,
            "position": len(stages) + 1,
        }
        await work.tenant.execute(ADD, wanted)
        await _place(work, stages, stage_id, data.position)
        await _note(work, "created", f"Added milestone: {data.name}")
        return await _one(work, stage_id)


async def change_stage(call: Call, process_id: UUID, stage_id: UUID, data: ChangeStage) -> str:
    """Rename or move a milestone. Returns its JSON. Raises NotFound."""
    async with working_on(call, process_id) as work:
        stages = await _changeable(work, stage_id)
        if "name" in data.model_fields_set:
            wanted = {"process_id": process_id, "stage_id": stage_id, "name": data.name}
            await work.tenant.execute(RENAME, wanted)
            await _note(work, "updated", f"Renamed a milestone: {data.name}")
        if data.position is not None:
            await _place(work, [one for one in stages if one != stage_id], stage_id, data.position)
        return await _one(work, stage_id)


async def remove_stage(call: Call, process_id: UUID, stage_id: UUID) -> None:
    """Remove a milestone; its tasks belong to none then. Raises NotFound."""
    async with working_on(call, process_id) as work:
        stages = await _changeable(work, stage_id)
        await work.tenant.execute(REMOVE, {"process_id": process_id, "stage_id": stage_id})
        await _place(work, [one for one in stages if one != stage_id])
        unmapped = [
            replace(task, stage_id=None) for task in work.process.tasks.values() if task.stage_id == stage_id
        ]
        await _note(work, "deleted", "Removed a milestone", *unmapped)


async def _changeable(work: CalledWork, stage_id: UUID | None = None) -> list[UUID]:
    """The milestones in their order. Raises Forbidden for light members, Refused when archived, NotFound."""
    if work.call.member.is_light:
        raise Forbidden
    refuse_archived(work)
    stages = [row[0] for row in await work.tenant.fetch_all(IN_ORDER, {"process_id": work.process.id})]
    if stage_id is not None and stage_id not in stages:
        raise NotFound
    return stages


async def _place(
    work: CalledWork, others: list[UUID], stage_id: UUID | None = None, position: int | None = None
) -> None:
    """Number the milestones from 1, with `stage_id` at `position` among the others, or last."""
    place = len(others) if position is None else min(position - 1, len(others))
    ids = others if stage_id is None else [*others[:place], stage_id, *others[place:]]
    await work.tenant.execute(PLACE, {"process_id": work.process.id, "ids": ids})


async def _note(work: CalledWork, verb: str, description: str, *tasks: Task) -> None:
    event = Event(verb=verb, kind="Process", subject="process", subject_id=work.process.id,
                  description=description, field="stages")  # fmt: skip
    await work.save(Change(process=work.process.having(*tasks), tasks=tasks, events=(event,)))


async def _one(work: CalledWork, stage_id: UUID) -> str:
    wanted = {"process_id": work.process.id, "stage_id": stage_id}
    return str((await work.tenant.fetch_last(READ_ONE, wanted))[0])
