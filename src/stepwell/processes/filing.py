"""Tags and folders of a process, at launch and when they are replaced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
from stepwell.errors import invalid
from stepwell.processes.schemas import LaunchProcess


@dataclass(frozen=True, slots=True)
class Filing:
    tags: tuple[UUID, ...] = ()
    folders: tuple[UUID, ...] = ()


class FilingRules(Protocol):
    """What the template demands of a launch."""

    @property
    def folderize_process(self) -> bool: ...
    @property
    def tag_process(self) -> bool: ...
    @property
    def default_folder(self) -> UUID | None: ...
    @property
    def folder_changeable_by_launcher(self) -> bool: ...


KNOWN = """
    SELECT ARRAY(SELECT id FROM tags WHERE organization_id = %(organization_id)s AND id = ANY (%(tags)s)),
           ARRAY(SELECT id FROM folders WHERE organization_id = %(organization_id)s AND kind = 'run'
                    AND id = ANY (%(folders)s)),
           ARRAY(SELECT id FROM processes WHERE organization_id = %(organization_id)s AND id = ANY (%(parents)s))
"""


async def check_filing(tenant: Tenant, template: FilingRules, data: LaunchProcess) -> Filing:
    """Where a launch is filed. Raises Refused: unknown tags, folders or parent, or none where one is demanded."""
    folders = tuple(dict.fromkeys(data.folders))
    if template.default_folder and (not folders or not template.folder_changeable_by_launcher):
        folders = (template.default_folder,)
    tags = tuple(dict.fromkeys(data.tags))
    reasons: dict[str, list[str]] = {}
    if template.folderize_process and not folders:
        reasons["folders"] = ["The folders field is required."]
    if template.tag_process and not tags:
        reasons["tags"] = ["The tags field is required."]
    parents = [data.parent_id] if data.parent_id else []
    if folders or tags or parents:
        reasons |= await _unknown(tenant, tags, folders, parents)
    if reasons:
        raise invalid(reasons)
    return Filing(tags, folders)


async def _unknown(
    tenant: Tenant, tags: Collection[UUID], folders: Collection[UUID], parents: Collection[UUID]
) -> dict[str, list[str]]:
    wanted = {"tags": list(tags), "folders": list(folders), "parents": list(parents)}
    known = await tenant.fetch_one(KNOWN, wanted)
    reasons: dict[str, list[str]] = {}
    names = (("tags", tags, "Some tags do not exist"), ("folders", folders, "No such a folder exists in Processes."),
             ("parent_id", parents, "The selected parent id is invalid."))  # fmt: skip
    for (name, given, message), found in zip(names, known, strict=True):
        if not set(given) <= set(found):
            reasons[name] = [message]
    return reasons


async def check_known(tenant: Tenant, tags: Collection[UUID], folders: Collection[UUID]) -> None:
    """Raises Refused for tags or process folders that the organization does not have."""
    reasons = await _unknown(tenant, tags, folders, ())
    if reasons:
        raise invalid(reasons)


TAG = """
    INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id, created_at)
    SELECT %(organization_id)s, new.id, new.other_id, %(subject_type)s, %(subject_id)s, %(at)s
      FROM unnest(%(ids)s::bigint[], %(others)s::uuid[]) new (id, other_id)
    ON CONFLICT DO NOTHING
"""
FILE = TAG.replace("tag_associations", "folder_objects").replace("tag_id", "folder_id")


async def file_process(
    tenant: Tenant, numbers: Numbers, process_id: UUID, filing: Filing, at: datetime
) -> None:
    """Attach tags and folders to a process."""
    for query, kind, others in (
        (TAG, "tag_association", filing.tags),
        (FILE, "folder_object", filing.folders),
    ):
        if others:
            ids = await numbers.take(tenant.organization_id, kind, len(others))
            wanted = {
                "ids": list(ids),
                "others": list(others),
                "subject_id": process_id,
                "subject_type": "Run",
            }
            await tenant.execute(query, {**wanted, "at": at})


async def replace_filing(
    tenant: Tenant,
    numbers: Numbers,
    process_id: UUID,
    tags: list[UUID] | None,
    folders: list[UUID] | None,
    at: datetime,
) -> None:
    """Make these the tags or folders of a process; None leaves them. Unchanged associations keep their ids."""
    for table, column, kept in (
        ("tag_associations", "tag_id", tags),
        ("folder_objects", "folder_id", folders),
    ):
        if kept is not None:
            query = DETACH_TAGS if table == "tag_associations" else DETACH_FOLDERS
            await tenant.execute(query, {"subject_id": process_id, "kept": kept, "column": column})
    await file_process(tenant, numbers, process_id, Filing(tuple(tags or ()), tuple(folders or ())), at)


DETACH_TAGS = """
    DELETE FROM tag_associations WHERE organization_id = %(organization_id)s AND subject_id = %(subject_id)s
       AND NOT tag_id = ANY (%(kept)s)
"""
DETACH_FOLDERS = DETACH_TAGS.replace("tag_associations", "folder_objects").replace("tag_id", "folder_id")
