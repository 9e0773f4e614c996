"""Processes over HTTP."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from stepwell.access.members import ADMINS, FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.body import Body
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.processes import commands, launching, lists, queries, updating
from stepwell.processes.schemas import Answers, FormsShape, LaunchProcess, ProcessShape, UpdateProcess

LIST_QUERY = (
    "q", "status", "owners", "started_by", "checklist_id", "blueprint_id", "folder", "tag", "tag_ids", "untagged",
    "starred", "type", "groups", "guests", "task_status", "archived", "parent_id", "created_after",
    "created_before", "due_before", "due_after", "search_kickoff", "form_fields_values",
)  # fmt: skip


class SubmitKickoff(Body):
    """POST /runs/{run}/complete-prerun: answers may come along."""

    prerun: Answers = Field(default_factory=dict)


async def must_be_visible(call: Call, process_id: UUID) -> None:
    """Said before a wrong field is: the process does not exist, or the caller may not see it."""
    await queries.read_process(call, process_id)


def wants_whole_number(call: Call) -> bool:
    """In the answers of PUT and DELETE these clients expect the percent in place of the progress."""
    return call.client in ("", "APIClient")


@route("GET", "/o/runs", answers=ProcessShape, many=True, query=LIST_QUERY)
async def list_processes(call: Call) -> Answer:
    """Processes that the caller may see, newest first."""
    window = call.window()
    return call.listing(await lists.list_processes(call, window), window)


@route("POST", "/o/runs", body=LaunchProcess, answers=ProcessShape, status=201)
async def launch_process(call: Call, data: LaunchProcess) -> Answer:
    """Launch a process from a template. 422 names everything that is wrong with the launch."""
    return item(await launching.launch_process(call, data), 201)


@route("GET", "/o/runs/{process_id}", answers=ProcessShape)
async def get_process(call: Call, process_id: UUID) -> Answer:
    """One process, archived or not."""
    return item(await queries.read_process(call, process_id))


@route("GET", "/o/runs/{process_id}/form-fields", answers=FormsShape)
async def get_forms(call: Call, process_id: UUID) -> Answer:
    """All form fields of a process with their answers, in two bare lists."""
    return item(await queries.read_forms(call, process_id))


@route(
    "PUT PATCH", "/o/runs/{process_id}", body=UpdateProcess, answers=ProcessShape, otherwise=must_be_visible
)
async def update_process(call: Call, process_id: UUID, data: UpdateProcess) -> Answer:
    """Change a process; only the keys sent change."""
    progress = wants_whole_number(call)
    return item(await updating.update_process(call, process_id, data, whole_number_progress=progress))


@route("DELETE", "/o/runs/{process_id}", answers=ProcessShape, allow=FULL_MEMBERS)
async def archive_process(call: Call, process_id: UUID) -> Answer:
    """Archive a process; it can be restored."""
    progress = wants_whole_number(call)
    return item(await commands.archive_process(call, process_id, whole_number_progress=progress))


@route("PUT", "/o/runs/{process_id}/activate", answers=ProcessShape, allow=FULL_MEMBERS)
async def restore_process(call: Call, process_id: UUID) -> Answer:
    """Restore an archived process with its tasks."""
    return item(await commands.restore_process(call, process_id))


@route("DELETE", "/o/runs/{process_id}/delete", allow=ADMINS)
async def delete_process(call: Call, process_id: UUID) -> Answer:
    """Delete an archived process for good."""
    await commands.delete_process(call, process_id)
    return nothing(200)


@route("POST", "/o/runs/{process_id}/complete-prerun", body=SubmitKickoff, answers=ProcessShape,
       otherwise=must_be_visible)  # fmt: skip
async def submit_kickoff(call: Call, process_id: UUID, data: SubmitKickoff) -> Answer:
    """Complete the kick-off form of a running process."""
    return item(await commands.submit_kickoff(call, process_id, data.prerun))


@route("DELETE", "/o/runs/{process_id}/complete-prerun", answers=ProcessShape)
async def reopen_kickoff(call: Call, process_id: UUID) -> Answer:
    """Open the kick-off form again."""
    return item(await commands.reopen_kickoff_form(call, process_id))
