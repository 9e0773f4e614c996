"""Launching a process once more: the same template, answers, people, tags and folders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from stepwell.errors import Forbidden, NotFound, refused
from stepwell.http.call import Call
from stepwell.processes.launching import launch_process
from stepwell.processes.queries import SEEN, wanted_of
from stepwell.processes.schemas import LONGEST_NAME, Duplicate, LaunchProcess

SOURCE = f"""
    SELECT {SEEN.as_string()}, process.version_id IS NOT NULL, process.name,
           jsonb_build_object('checklist_id', hex(process.template_id), 'summary', process.summary,
               'parent_id', hex(process.parent_id), 'prerun', process.answers,
               'publicly_hidden_fields', process.publicly_hidden_fields,
               'assign_someone_else', process.assign_someone_else,
               'users', ARRAY(SELECT person.id FROM people person
                    WHERE person.organization_id = %(organization_id)s AND person.id = ANY (process.users)
                      AND person.status IN ('active', 'invited')),
               'groups', ARRAY(SELECT hex("group".id) FROM groups "group"
                    WHERE "group".organization_id = %(organization_id)s AND "group".id = ANY (process.groups)),
               'tags', ARRAY(SELECT hex(tag_id) FROM tag_associations
                    WHERE organization_id = %(organization_id)s AND subject_id = process.id),
               'folders', ARRAY(SELECT hex(folder_id) FROM folder_objects
                    WHERE organization_id = %(organization_id)s AND subject_id = process.id))
      FROM processes process
     WHERE process.organization_id = %(organization_id)s AND process.id = %(process_id)s
"""  # noqa: S608 - of constants
OWNERS = """
    SELECT coalesce(jsonb_object_agg(hex(task.step_id), jsonb_build_object(
               'unassigned', task.users = '{}' AND task.guests = '{}' AND task.groups = '{}',
               'owners', jsonb_build_object(
                   'users', ARRAY(SELECT person.id FROM people person
                        WHERE person.organization_id = %(organization_id)s AND person.id = ANY (task.users)
                          AND person.status IN ('active', 'invited')),
                   'guests', ARRAY(SELECT person.email FROM people person
                        WHERE person.organization_id = %(organization_id)s AND person.email = ANY (task.guests)
                          AND person.kind = 'guest' AND person.status <> 'deleted'),
                   'groups', ARRAY(SELECT hex("group".id) FROM groups "group"
                        WHERE "group".organization_id = %(organization_id)s
                          AND "group".id = ANY (task.groups))))), '{}')
      FROM tasks task
      JOIN processes process ON process.organization_id = task.organization_id AND process.id = task.process_id
      JOIN templates template ON template.organization_id = task.organization_id AND template.id = process.template_id
     WHERE task.organization_id = %(organization_id)s AND task.process_id = %(process_id)s AND NOT task.oneoff
       AND task.template_id = process.template_id
       AND CASE WHEN template.dual_version_enabled
                THEN EXISTS (SELECT FROM template_versions version,
                                    jsonb_array_elements(version.definition -> 'steps') step
                              WHERE version.organization_id = %(organization_id)s
                                AND version.id = template.published_version_id
                                AND step ->> 'id' = hex(task.step_id))
                ELSE EXISTS (SELECT FROM template_steps step
                              WHERE step.organization_id = %(organization_id)s
                                AND step.template_id = template.id AND step.id = task.step_id) END
"""


async def duplicate_process(call: Call, process_id: UUID, data: Duplicate) -> str:
    """Launch the process's template again with what the process was launched with. Returns the new one's JSON.

    Raises NotFound or Forbidden (no such process, or no right to launch), and Refused as a launch does.
    """
    wanted = wanted_of(call.member, call.now, call.origin) | {"process_id": process_id}
    async with call.db.reading(call.member) as tenant:
        row = await tenant.fetch_first(SOURCE, wanted)
        owners: dict[str, Any] = await tenant.fetch_value(OWNERS, wanted) if data.copy_owners else {}
    if row is None:
        raise NotFound
    seen, has_template, name, source = row
    if not seen:
        raise Forbidden("You are not involved in this process.")
    if not has_template:
        raise refused("checklist_id", "This process has no template to launch again.")
    new_name = data.name or f"{name[: LONGEST_NAME - 7]} - Copy"
    launch = {**source, "name": new_name, "tasks": owners}
    if not data.copy_prerun:
        launch.pop("prerun")
    return await launch_process(call, LaunchProcess.read(launch))
