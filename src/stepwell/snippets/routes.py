"""Snippets (`text-templates` in the API) over HTTP."""

from __future__ import annotations

import json

from stepwell.access.members import ADMINS
from stepwell.http.answers import Answer, item
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.http.values import whole_number
from stepwell.snippets import commands, queries
from stepwell.snippets.schemas import CreateSnippet, KnownSnippets, SnippetShape, UpdateSnippet
from stepwell.templates.schemas import DeletedShape


async def must_exist(call: Call, snippet_id: int) -> None:
    """Said before a wrong field is: there is no such snippet."""
    await queries.read_snippet(call, snippet_id)


@route("GET", "/o/text-templates", answers=SnippetShape, many=True, query=("q", "sort", "sort_by"))
async def list_snippets(call: Call) -> Answer:
    """All snippets of the organization."""
    window = call.window()
    return call.listing(await queries.list_snippets(call, window), window)


@route("POST", "/o/text-templates", body=CreateSnippet, answers=SnippetShape, status=201, allow=ADMINS)
async def create_snippet(call: Call, data: CreateSnippet) -> Answer:
    """Create a snippet."""
    return item(await commands.create_snippet(call, data), 201)


@route("POST", "/o/text-templates/exists", body=KnownSnippets)
async def which_snippets_exist(call: Call, data: KnownSnippets) -> Answer:
    """Which of these ids are snippets."""
    ids = {str(one): number for one in data.ids if (number := whole_number(one)) is not None}
    known = await queries.known_snippets(call, list(ids.values()))
    named = [str(one) for one in data.ids if isinstance(one, str | int)]
    return item(json.dumps({one: ids.get(one) in known for one in named}))


@route("GET", "/o/text-templates/{snippet_id}", answers=SnippetShape)
async def get_snippet(call: Call, snippet_id: int) -> Answer:
    """One snippet."""
    return item(await queries.read_snippet(call, snippet_id))


@route("PUT PATCH", "/o/text-templates/{snippet_id}", body=UpdateSnippet, answers=SnippetShape, allow=ADMINS,
       otherwise=must_exist)  # fmt: skip
async def update_snippet(call: Call, snippet_id: int, data: UpdateSnippet) -> Answer:
    """Change a snippet; what is absent stays."""
    return item(await commands.update_snippet(call, snippet_id, data))


@route("DELETE", "/o/text-templates/{snippet_id}", answers=DeletedShape, bare=True, allow=ADMINS)
async def delete_snippet(call: Call, snippet_id: int) -> Answer:
    """Delete a snippet; blocks that show it are removed and listed in the answer."""
    return Answer(200, (await commands.delete_snippet(call, snippet_id)).encode())
