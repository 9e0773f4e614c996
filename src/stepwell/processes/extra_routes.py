"""More about one process over HTTP: owner, readers, public link, milestones, launching it again, finishing it."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.processes import commands, duplicating, finishing, sharing, stages, updating
from stepwell.processes.routes import must_be_visible
from stepwell.processes.schemas import (
    ChangeStage,
    Duplicate,
    NewStage,
    ProcessShape,
    ReadersShape,
    SetOwner,
    SetReaders,
    StageShape,
    UpdateProcess,
)

STAGE = "/o/runs/{process_id}/stages/{stage_id}"


@route(
    "PUT PATCH", "/o/runs/{process_id}/owner", body=SetOwner, answers=ProcessShape, otherwise=must_be_visible
)
async def set_owner(call: Call, process_id: UUID, data: SetOwner) -> Answer:
    """Hand the process over to another member."""
    update = UpdateProcess.read({"owner_id": data.owner_id})
    return item(await updating.update_process(call, process_id, update))


@route("POST", "/o/runs/{process_id}/archive", answers=ProcessShape, allow=FULL_MEMBERS)
async def archive_process(call: Call, process_id: UUID) -> Answer:
    """Archive a process, as DELETE does."""
    return item(await commands.archive_process(call, process_id))


@route("POST", "/o/runs/{process_id}/complete", answers=ProcessShape)
async def complete_process(call: Call, process_id: UUID) -> Answer:
    """Complete all open visible tasks; 422 names what stands in the way, and nothing is completed then."""
    return item(await finishing.complete_process(call, process_id))


@route("POST", "/o/runs/{process_id}/duplicate", body=Duplicate, answers=ProcessShape, status=201,
       otherwise=must_be_visible)  # fmt: skip
async def duplicate_process(call: Call, process_id: UUID, data: Duplicate) -> Answer:
    """Launch the same template again, with the same answers and people unless told otherwise."""
    return item(await duplicating.duplicate_process(call, process_id, data), 201)


@route("POST", "/o/runs/{process_id}/public-link/reset", answers=ProcessShape)
async def reset_public_link(call: Call, process_id: UUID) -> Answer:
    """Give the process another public link."""
    return item(await sharing.reset_public_link(call, process_id))


@route("GET", "/o/runs/{process_id}/permissions", answers=ReadersShape, listed=True)
async def get_readers(call: Call, process_id: UUID) -> Answer:
    """Who may read the process besides the people involved in it: a list of the one permission there is."""
    return item(await sharing.read_readers(call, process_id))


@route("PUT PATCH", "/o/runs/{process_id}/permissions", body=SetReaders, answers=ReadersShape, listed=True,
       otherwise=must_be_visible)  # fmt: skip
async def set_readers(call: Call, process_id: UUID, data: SetReaders) -> Answer:
    """Replace who may read the process."""
    return item(await sharing.set_readers(call, process_id, data))


@route("GET", "/o/runs/{process_id}/stages", answers=StageShape, listed=True)
async def list_stages(call: Call, process_id: UUID) -> Answer:
    """The milestones in their order, all of them."""
    return item(await stages.read_stages(call, process_id))


@route("POST", "/o/runs/{process_id}/stages", body=NewStage, answers=StageShape, status=201, allow=FULL_MEMBERS,
       otherwise=must_be_visible)  # fmt: skip
async def add_stage(call: Call, process_id: UUID, data: NewStage) -> Answer:
    """Add a milestone, by default after the others."""
    return item(await stages.add_stage(call, process_id, data), 201)


@route("PUT PATCH", STAGE, body=ChangeStage, answers=StageShape, allow=FULL_MEMBERS)
async def change_stage(call: Call, process_id: UUID, stage_id: UUID, data: ChangeStage) -> Answer:
    """Rename or move a milestone."""
    return item(await stages.change_stage(call, process_id, stage_id, data))


@route("DELETE", STAGE, status=204, allow=FULL_MEMBERS)
async def remove_stage(call: Call, process_id: UUID, stage_id: UUID) -> Answer:
    """Remove a milestone; its tasks are unmapped then."""
    await stages.remove_stage(call, process_id, stage_id)
    return nothing()
