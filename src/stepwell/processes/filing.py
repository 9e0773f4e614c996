"""Tags and folders of a process, at launch and when they are replaced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from stepwell.db.ids import Numbers
from stepwell.db.pool import Tenant
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


async def filing_of(
    tenant: Tenant, template: FilingRules, data: LaunchProcess
) -> tuple[Filing, dict[str, list[str]]]:
    """Where a launch is filed, and what is wrong with it: unknown tags, folders or parent, or none where demanded."""
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
    reasons |= await why_unknown(tenant, tags=tags, folders=folders, parents=parents)
    return Filing(tags, folders), reasons


async def why_unknown(
    tenant: Tenant,
    *,
    tags: Collection[UUID] = (),
    folders: Collection[UUID] = (),
    parents: Collection[UUID] = (),
) -> dict[str, list[str]]:
    """What the organization does not have of these tags, process folders and parent processes."""
    if not (tags or folders or parents):
        return {}
    wanted = {"tags": list(tags), "folders": list(folders), "parents": list(parents)}
    known = await tenant.fetch_one(KNOWN, wanted)
    reasons: dict[str, list[str]] = {}
    names = (("tags", tags, "Some tags do not exist"), ("folders", folders, "No such a folder exists in Processes."),
             ("parent_id", parents, "The selected parent id is invalid."))  # fmt: skip
    for (name, given, message), found in zip(names, known, strict=True):
        if not set(given) <= set(found):
            reasons[name] = [message]
    return reasons


TAG = """
    INSERT INTO tag_associations (organization_id, id, tag_id, subject_type, subject_id, created_at)
    SELECT %(organization_id)s, new.id, new.other_id, %(subject_type)s, %(subject_id)s, %(at)s
      FROM unnest(%(ids)s::bigint[], %(others)s::uuid[]) new (id, other_id)
    ON CONFLICT DO NOTHING
"""
FILE = TAG.replace("tag_associations", "folder_objects").replace("tag_id", "folder_id")


async def file_process(
    tenant: Tenant,
    numbers: Numbers,
    subject_id: UUID,
    filing: Filing,
    at: datetime,
    subject_type: str = "Run",
) -> None:
    """Attach tags and folders to a process, or to a task ("Task")."""
    for query, kind, others in (
        (TAG, "tag_association", filing.tags),
        (FILE, "folder_object", filing.folders),
    ):
        if others:
            ids = await numbers.take(tenant.organization_id, kind, len(others))
            wanted = {
                "ids": list(ids),
                "others": list(others),
                "subject_id": subject_id,
                "subject_type": subject_type,
            }
            await tenant.execute(query, {**wanted, "at": at})


async def replace_filing(
    tenant: Tenant,
    numbers: Numbers,
    subject_id: UUID,
    tags: list[UUID] | None,
    folders: list[UUID] | None,
    at: datetime,
    subject_type: str = "Run",
) -> None:
    """Make these the tags or folders of a process, or of a task ("Task"); None leaves them.

    Unchanged associations keep their ids.
    """
    for query, kept in ((DETACH_TAGS, tags), (DETACH_FOLDERS, folders)):
        if kept is not None:
            await tenant.execute(query, {"subject_id": subject_id, "kept": kept})
    filing = Filing(tuple(tags or ()), tuple(folders or ()))
    await file_process(tenant, numbers, subject_id, filing, at, subject_type)


DETACH_TAGS = """
    DELETE FROM tag_associations WHERE organization_id = %(organization_id)s AND subject_id = %(subject_id)s
       AND NOT tag_id = ANY (%(kept)s)
"""
DETACH_FOLDERS = DETACH_TAGS.replace("tag_associations", "folder_objects").replace("tag_id", "folder_id")
