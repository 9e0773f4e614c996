"""Cloning a template, within the organization or from another one (T-016 to T-020)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stepwell.access.members import Member
from stepwell.db.pool import Tenant
from stepwell.errors import Forbidden, NotFound, invalid
from stepwell.http.call import Call
from stepwell.templates.access import TemplateFound, find_template, may_duplicate
from stepwell.templates.checks import require_may_create
from stepwell.templates.commands import start_template
from stepwell.templates.copying import copy_of
from stepwell.templates.documents import (
    columns_of_copy,
    document_of,
    known_to,
    write_parts,
)
from stepwell.templates.drafts import Draft
from stepwell.templates.embeds import contents_of, snippets_in, with_snippets, without_templates
from stepwell.templates.queries import template_json
from stepwell.templates.schemas import CloneTemplate

LONGEST_TITLE = 250
PUBLIC = """
    SELECT is_public FROM templates WHERE organization_id = %(organization_id)s AND id = %(template_id)s
"""


@dataclass(frozen=True, slots=True)
class Source:
    """What is copied: the template as a document, and where it comes from."""

    title: str
    document: dict[str, Any]
    foreign: bool


async def clone_template(call: Call, key: str, data: CloneTemplate) -> str:
    """Copy a template. Returns the JSON of the copy.

    A copy from another organization takes two transactions, since no transaction sees two organizations.
    Raises NotFound for the source, Forbidden without the right to duplicate there or to create here.
    """
    if data.tenant is None or data.tenant == call.member.organization_id:
        async with call.db.transaction(call.member) as tenant:
            await require_may_create(tenant, call.member)
            template = await find_template(tenant, call.member, key)
            if not may_duplicate(call.member, template):
                raise Forbidden("Your role does not allow duplicating this template.")
            source = await _source(tenant, template, call.member.user_id, foreign=False)
            return await _write(call, tenant, source, data)
    if not call.member.is_admin:
        raise Forbidden("Only administrators copy templates from another organization.")
    source = await _foreign_source(call, data.tenant, key)
    async with call.db.transaction(call.member) as tenant:
        return await _write(call, tenant, source, data)


async def _foreign_source(call: Call, organization_id: UUID, key: str) -> Source:
    """A template of another organization that the caller may duplicate there, or that is public."""
    assert call.member.token_hash is not None
    try:
        member = await call.services.callers.checked_member(call.member.token_hash, organization_id)
    except Forbidden as refusal:
        stranger = Member(organization_id, call.member.user_id, "admin")  # reads public templates only
        async with call.db.reading(stranger) as tenant:
            try:
                template = await find_template(tenant, stranger, key)
            except NotFound:
                raise refusal from None
            if not await tenant.fetch_value(PUBLIC, {"template_id": template.id}):
                raise refusal from None
            return await _source(tenant, template, call.member.user_id, foreign=True)
    async with call.db.reading(member) as tenant:
        template = await find_template(tenant, member, key)
        public = await tenant.fetch_value(PUBLIC, {"template_id": template.id})
        if not (public or may_duplicate(member, template)):
            raise Forbidden("Your role does not allow duplicating this template.")
        return await _source(tenant, template, member.user_id, foreign=True)


async def _source(tenant: Tenant, template: TemplateFound, user_id: int, *, foreign: bool) -> Source:
    document = await document_of(tenant, template.id, user_id)
    if foreign:
        contents = await contents_of(tenant, snippets_in(document))
        words = {snippet: plain_text(content) for snippet, content in contents.items()}
        document = without_templates(with_snippets(document, words)) | {"permissions": []}
    return Source(template.title, document, foreign)


def plain_text(markup: str) -> str:
    """The words of some HTML, safe to stand in HTML."""
    words = re.sub(r"<[^>]*>", " ", markup)
    return html.escape(re.sub(r"\s+", " ", html.unescape(words)).strip(), quote=False)


async def _write(call: Call, tenant: Tenant, source: Source, data: CloneTemplate) -> str:
    document = source.document
    if source.foreign:
        tags = await known_to(tenant, _tags_alone(document), makes_tags=True, keeps_custom_fields=False)
        copy = copy_of(document, tags)
    else:
        known = await known_to(tenant, document, makes_tags=False, keeps_custom_fields=True)
        copy = copy_of(document, known)
    title = data.title or f"COPY OF - {source.title}"[:LONGEST_TITLE]
    folder_id = await _folder(tenant, source, data)
    default = document["default_folder"]
    values = columns_of_copy(copy) | {
        "title": title,
        "owner_id": call.member.user_id,
        "folder_id": folder_id,
        "default_folder": None if source.foreign or not default else UUID(default),
    }
    draft = await start_template(call, tenant, values)
    await write_parts(draft, copy)
    _note(draft, source, title)
    await draft.finish()
    return await template_json(tenant, call, draft.id)


def _tags_alone(document: dict[str, Any]) -> dict[str, Any]:
    """The document as another organization looks at it: nobody and nothing of its own but tags."""
    steps = [
        {"tags": step["tags"], "assignees": [], "guests": [], "groups": [], "roles": [], "bp_to_launch": None}
        for step in document["steps"]
    ]
    nothing: dict[str, Any] = {"users": [], "contributors": [], "groups": [], "ko_form_blueprint_id": None}
    return {**nothing, "tags": document["tags"], "steps": steps, "automated_actions": [], "permissions": []}


async def _folder(tenant: Tenant, source: Source, data: CloneTemplate) -> UUID | None:
    """The folder asked for, or within the organization that of the original."""
    if data.folder_id is None:
        filed = source.document["folder_id"]
        return UUID(filed) if filed and not source.foreign else None
    known = await tenant.fetch_value(
        "SELECT EXISTS (SELECT FROM folders WHERE organization_id = %(organization_id)s"
        " AND kind = 'checklist' AND id = %(folder_id)s)",
        {"folder_id": data.folder_id},
    )
    if not known:
        raise invalid({"folder_id": ["The selected folder id is invalid."]})
    return data.folder_id


def _note(draft: Draft, source: Source, title: str) -> None:
    draft.note("created", f"Created template: {title}, as a copy of {source.title}", new=title)
