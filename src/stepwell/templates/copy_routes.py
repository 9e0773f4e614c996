"""Cloning, exporting and importing templates over HTTP."""

from __future__ import annotations

import json
from typing import Any

from pydantic import model_validator

from stepwell.access.members import FULL_MEMBERS
from stepwell.http.answers import Answer, bare, item
from stepwell.http.body import Body
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.http.shapes import Shape
from stepwell.http.values import Identifier
from stepwell.templates import cloning, commands, importing
from stepwell.templates.access import find_template
from stepwell.templates.documents import document_of
from stepwell.templates.routes import must_be_allowed_to_create
from stepwell.templates.schemas import CloneTemplate, CreateTemplate, TemplateShape


class ImportDocument(Body):
    """An exported template in one of its forms, or the address of a template to clone."""

    document: Any
    organization_id: Identifier | None = None
    template_id: Identifier | None = None

    @model_validator(mode="before")
    @classmethod
    def unwrapped(cls, data: Any) -> Any:
        """The template inside the export's own envelope, or the API's."""
        if not isinstance(data, dict):
            return data
        inner = data.get("checklist", data.get("data"))
        address = (
            {} if "title" in data else {key: data.get(key) for key in ("organization_id", "template_id")}
        )
        return {"document": inner if isinstance(inner, dict) else data, **address}


class ExportShape(Shape):
    """A template that can be imported again."""

    format: str
    version: int
    checklist: dict[str, Any]


@route("POST", "/o/checklists", body=CreateTemplate, answers=TemplateShape, status=201, allow=FULL_MEMBERS,
       otherwise=must_be_allowed_to_create)  # fmt: skip
async def create_template(call: Call, data: CreateTemplate) -> Answer:
    """Create a template; with `steps` or `automated_actions` import one, `meta.import_warnings` says what is lost."""
    if data.is_import:
        return await _imported(call, data)
    return item(await commands.create_template(call, data), 201)


@route("POST", "/o/checklists/import", body=ImportDocument, answers=TemplateShape, status=201, allow=FULL_MEMBERS,
       otherwise=must_be_allowed_to_create)  # fmt: skip
async def import_template(call: Call, data: ImportDocument) -> Answer:
    """Import an exported template, or clone the one whose `organization_id` and `template_id` are given."""
    await must_be_allowed_to_create(call)
    if data.template_id is not None:
        source = CloneTemplate(tenant=data.organization_id)
        return item(await cloning.clone_template(call, data.template_id.hex, source), 201)
    return await _imported(call, CreateTemplate.read({"steps": [], **data.document}))


async def _imported(call: Call, data: CreateTemplate) -> Answer:
    template, warnings = await importing.import_template(call, data)
    return item(template, 201, json.dumps({"import_warnings": warnings}, ensure_ascii=False))


@route("GET", "/o/checklists/{template_id}/export", answers=ExportShape, bare=True)
async def export_template(call: Call, template_id: str) -> Answer:
    """The whole template as one document, without the API's envelope."""
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, template_id)
        document = await document_of(tenant, template.id, call.member.user_id)
    return bare({"format": "checklist", "version": 1, "checklist": document})


async def must_be_allowed_to_copy(call: Call, template_id: str) -> None:
    """The template is looked for only when it is known in which organization."""
    del template_id
    await must_be_allowed_to_create(call)


@route("POST", "/o/checklists/{template_id}/clone", body=CloneTemplate, answers=TemplateShape, status=201,
       allow=FULL_MEMBERS, otherwise=must_be_allowed_to_copy)  # fmt: skip
async def clone_template(call: Call, template_id: str, data: CloneTemplate) -> Answer:
    """Copy a template; `tenant` names the organization to copy from."""
    return item(await cloning.clone_template(call, template_id, data), 201)
