"""What changes snippets; only administrators do (T-180)."""

from __future__ import annotations

import json

from stepwell.db.pool import Tenant
from stepwell.errors import NotFound
from stepwell.http.call import Call
from stepwell.snippets.queries import snippet_json
from stepwell.snippets.schemas import CreateSnippet, UpdateSnippet
from stepwell.templates.embeds import renew_versions, strip_references

GONE = "The Snippet was deleted, and references were also deleted from:"
BLOCK = "data-snippet-id"

INSERT = """
    INSERT INTO snippets (organization_id, id, title, content, is_public, created_by, created_at, updated_at)
    VALUES (%(organization_id)s, %(snippet_id)s, %(title)s, %(content)s, %(is_public)s, %(user_id)s, %(at)s, %(at)s)
"""
LOCK = """
    SELECT title, content, is_public FROM snippets
     WHERE organization_id = %(organization_id)s AND id = %(snippet_id)s FOR UPDATE
"""
UPDATE = """
    UPDATE snippets SET title = %(title)s, content = %(content)s, is_public = %(is_public)s, updated_at = %(at)s
     WHERE organization_id = %(organization_id)s AND id = %(snippet_id)s
"""
DELETE = "DELETE FROM snippets WHERE organization_id = %(organization_id)s AND id = %(snippet_id)s"


async def create_snippet(call: Call, data: CreateSnippet) -> str:
    """Create a snippet. Returns its JSON."""
    snippet_id = (await call.numbers.take(call.member.organization_id, "snippet"))[0]
    async with call.db.transaction(call.member) as tenant:
        wanted = {
            "snippet_id": snippet_id,
            "title": data.title,
            "content": data.content,
            "is_public": data.is_public,
            "user_id": call.member.user_id,
            "at": call.services.clock(),
        }
        await tenant.execute(INSERT, wanted)
        return await snippet_json(tenant, snippet_id)


async def update_snippet(call: Call, snippet_id: int, data: UpdateSnippet) -> str:
    """Change what was sent; templates show the new content at once, running processes keep the old (T-181)."""
    async with call.db.transaction(call.member) as tenant:
        before = await _locked(tenant, snippet_id)
        after = before | data.sent()
        at = call.services.clock()
        await tenant.execute(UPDATE, {**after, "snippet_id": snippet_id, "at": at})
        if after["content"] != before["content"]:
            await renew_versions(tenant, BLOCK, str(snippet_id), at)
        return await snippet_json(tenant, snippet_id)


async def delete_snippet(call: Call, snippet_id: int) -> str:
    """Delete a snippet and the blocks that show it (T-182). Returns the message with what was edited."""
    async with call.db.transaction(call.member) as tenant:
        await _locked(tenant, snippet_id)
        at = call.services.clock()
        edited = await strip_references(tenant, BLOCK, str(snippet_id), call.member.user_id, at)
        await tenant.execute(DELETE, {"snippet_id": snippet_id})
    return json.dumps({"message": GONE, "deleted_references": edited}, ensure_ascii=False)


async def _locked(tenant: Tenant, snippet_id: int) -> dict[str, object]:
    row = await tenant.fetch_first(LOCK, {"snippet_id": snippet_id})
    if row is None:
        raise NotFound
    return dict(zip(("title", "content", "is_public"), row, strict=True))
