"""Whole processes with all their answers, read without a lock: what rendering a text needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from psycopg import sql

from stepwell.db.pool import Tenant
from stepwell.engine.model import Process, Task
from stepwell.engine.oneoff import alone
from stepwell.tasks import rows
from stepwell.templates.versions import VersionShelf

PROCESSES = """
    SELECT id, version_id, starter_id, owner_id, created_at, answers FROM processes
     WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)
"""
TASKS = sql.SQL("""
    SELECT task.process_id, {columns} FROM tasks task
     WHERE task.organization_id = %(organization_id)s
       AND (task.process_id = ANY (%(processes)s) OR task.id = ANY (%(tasks)s))
""").format(columns=sql.SQL(rows.SELECTED))


async def whole_processes(
    tenant: Tenant, versions: VersionShelf, process_ids: Collection[UUID], lone_ids: Collection[UUID]
) -> dict[UUID, Process]:
    """Processes by their id, and tasks on their own as projects that hold nothing else, by the task's id."""
    ids = list(process_ids)
    found: dict[UUID, Process] = {}
    for row in await tenant.fetch_all(PROCESSES, {"ids": ids}):
        version = await versions.version(tenant, row[1]) if row[1] is not None else None
        found[row[0]] = Process(
            id=row[0], version=version, starter_id=row[2], owner_id=row[3], created_at=row[4], values=row[5]
        )
    by_process: dict[UUID, dict[UUID, Task]] = {}
    for process_id, *columns in await tenant.fetch_all(TASKS, {"processes": ids, "tasks": list(lone_ids)}):
        task = rows.task_of(columns)
        if process_id is None:
            found[task.id] = alone(task)
        else:
            by_process.setdefault(process_id, {})[task.id] = task
    for process_id, members in by_process.items():
        if process_id in found:
            found[process_id] = replace(found[process_id], tasks=members)
    return found
