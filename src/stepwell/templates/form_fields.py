"""All form fields of a template in one answer, and the versions that processes were launched from."""

from __future__ import annotations

from psycopg import sql

from stepwell.http.call import Call
from stepwell.http.shapes import Hex, Instant, Shape
from stepwell.templates.access import find_template
from stepwell.templates.schemas import FieldShape
from stepwell.templates.shapes import FIELD, KICKOFF_FIELDS

FORM_FIELDS = sql.SQL("""
    SELECT json_build_object('id', hex(template.id), 'title', template.title, 'form_fields', (
               SELECT coalesce(json_agg(to_json(one) ORDER BY one.step_position, one.position, one.id), '[]')
                 FROM (SELECT {field}, step.title AS step_name, step.position AS step_position
                         FROM template_steps step
                         JOIN template_fields field ON field.organization_id = step.organization_id
                              AND field.template_id = step.template_id AND field.step_id = step.id
                        WHERE step.organization_id = %(organization_id)s AND step.template_id = template.id) one),
               'ko_form_fields', {kickoff_fields})::text
      FROM templates template
     WHERE template.organization_id = %(organization_id)s AND template.id = %(template_id)s
""").format(field=FIELD, kickoff_fields=KICKOFF_FIELDS)

VERSIONS = """
    SELECT coalesce(json_agg(to_json(one) ORDER BY one.version DESC), '[]')::text FROM (
        SELECT version.number AS version, utc_ms(version.created_at) AS created_at, version.created_by,
               (SELECT count(*) FROM processes process WHERE process.organization_id = %(organization_id)s
                   AND process.template_id = version.template_id AND process.version_id IN (
                       SELECT one.id FROM template_versions one WHERE one.organization_id = %(organization_id)s
                          AND (one.id = version.id OR one.base_id = version.id)))
                   AS processes_count
          FROM template_versions version
         WHERE version.organization_id = %(organization_id)s AND version.template_id = %(template_id)s
           AND version.base_id IS NULL
         ORDER BY version.number DESC LIMIT 1000) one
"""


class StepFieldShape(FieldShape):
    """A field of a step, with the step's name and place."""

    step_name: str
    step_position: int


class FormFieldsShape(Shape):
    """All form fields of a template."""

    id: Hex
    title: str
    form_fields: list[StepFieldShape]
    ko_form_fields: list[FieldShape]


class VersionShape(Shape):
    """A frozen version, and how many processes were launched from it."""

    version: int
    created_at: Instant
    created_by: int | None
    processes_count: int


async def read_form_fields(call: Call, key: str) -> str:
    """The fields of all steps in order, and the kick-off form, as JSON text. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        return str(await tenant.fetch_value(FORM_FIELDS, {"template_id": template.id}))


async def read_versions(call: Call, key: str) -> str:
    """The frozen versions, newest first, as JSON text. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        template = await find_template(tenant, call.member, key)
        return str(await tenant.fetch_value(VERSIONS, {"template_id": template.id}))
