"""What is wrong or suspicious in a template: read, then analysed without anything being stored (T-171, T-172)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

from stepwell.db.pool import Tenant
from stepwell.engine.health.dependence import depends_on
from stepwell.engine.health.examination import examine, is_healthy
from stepwell.engine.health.findings import Examined, Finding, FollowUp, Place, Severity, Text
from stepwell.engine.health.launches import is_asked
from stepwell.engine.health.outlook import Outlook, outlook_of
from stepwell.engine.health.wording import quoted
from stepwell.explaining.templates import Explained, explained_template
from stepwell.http.call import Call
from stepwell.http.values import uuid_of
from stepwell.people.directory import register_of
from stepwell.processes.launched_template import mentioned_by
from stepwell.templates.access import VISIBLE, wanted_of

SOMETHING_ELSE = "another template"  # for whoever may not see it

TARGETS = f"""
    SELECT template.id, CASE WHEN {VISIBLE.as_string(None)} THEN template.title END, template.type = 'document',
           template.archived_at IS NOT NULL, template.dual_version_enabled AND template.published_version_id IS NULL,
           (SELECT coalesce(array_agg(field.label ORDER BY field.position), '{{}}') FROM template_fields field
             WHERE field.organization_id = %(organization_id)s AND field.template_id = template.id
               AND field.step_id IS NULL AND field.required AND NOT field.default_value_enabled)
      FROM templates template
     WHERE template.organization_id = %(organization_id)s AND template.id = ANY (%(targets)s)
"""  # noqa: S608 - of constants
LAUNCHED_BY = f"""
    SELECT DISTINCT CASE WHEN {VISIBLE.as_string(None)} THEN template.title END
      FROM template_steps step
      JOIN templates template ON template.organization_id = step.organization_id AND template.id = step.template_id
     WHERE step.organization_id = %(organization_id)s AND step.bp_to_launch ->> 'id' = %(target)s
       AND template.archived_at IS NULL LIMIT 20
"""  # noqa: S608 - of constants


async def read_health(call: Call, template_id: str) -> dict[str, Any]:
    """All findings about a template's draft or version, and what becomes of each step and rule. Raises NotFound."""
    async with call.db.reading(call.member) as tenant:
        found = await explained_template(tenant, call, template_id, call.text("version"))
        examined = await _examined(tenant, call, found)
    return await asyncio.to_thread(_health, found, examined)  # a large template takes a tenth of a second


def _health(found: Explained, examined: Examined) -> dict[str, Any]:
    outlook = outlook_of(examined)
    findings = examine(examined, outlook)
    return {
        "id": found.template.id.hex,
        "title": found.version.title,
        "version": found.number,
        "healthy": is_healthy(findings),
        "counts": _counts(findings),
        "findings": [_finding(one) for one in findings],
        "steps": step_labels(outlook),
        "automated_actions": rule_labels(outlook),
    }


def _counts(findings: list[Finding]) -> dict[str, int]:
    counted = Counter(finding.severity for finding in findings)
    return {str(severity): counted[severity] for severity in Severity}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": str(finding.severity),
        "code": finding.code,
        "message": finding.message,
        "place": place_json(finding.place),
        "related": [place_json(place) for place in finding.related],
    }


def place_json(place: Place) -> dict[str, Any]:
    return {"type": place.type, "id": place.id.hex, "alias": place.alias or None, "label": place.label}


def step_labels(outlook: Outlook) -> list[dict[str, Any]]:
    """Whether each step comes always, never, or depending on something, in the order of the steps."""
    return [
        {
            "id": step.id.hex,
            "alias": step.alias,
            "title": step.title,
            "position": step.position,
            "visibility": outlook.label(step.id),
            "depends_on": [place_json(one) for one in depends_on(outlook, step.id)]
            if outlook.label(step.id) == "depends"
            else [],
        }
        for step in outlook.version.steps
    ]


def rule_labels(outlook: Outlook) -> list[dict[str, Any]]:
    return [
        {"id": rule.id.hex, "automated_alias": rule.name, "can_fire": outlook.may_fire(rule)}
        for rule in outlook.version.rules
    ]


async def _examined(tenant: Tenant, call: Call, found: Explained) -> Examined:
    register = await register_of(tenant, mentioned_by(found.version))
    follow_ups = await _follow_ups(tenant, call, found)
    launched_by: list[str] = []
    if any(is_asked(field) for field in found.version.kickoff):
        wanted = {**wanted_of(call.member), "target": found.template.id.hex}
        launched_by = [title or SOMETHING_ELSE for (title,) in await tenant.fetch_all(LAUNCHED_BY, wanted)]
    return Examined(
        version=found.version,
        texts=_texts(found.definition),
        follow_ups=tuple(follow_ups),
        launched_by=tuple(launched_by),
        asked_at_launch=frozenset(
            step_id
            for step in found.definition["steps"]
            if step.get("ask_guest_at_launch") and (step_id := uuid_of(step["id"]))
        ),
        directory=register.directory,
    )


async def _follow_ups(tenant: Tenant, call: Call, found: Explained) -> list[FollowUp]:
    by_step = {
        step_id: target
        for step in found.definition["steps"]
        if step.get("bp_to_launch") and (target := uuid_of(step["bp_to_launch"].get("id")))
        if (step_id := uuid_of(step["id"]))
    }
    if not by_step:
        return []
    rows = await tenant.fetch_all(TARGETS, {**wanted_of(call.member), "targets": list(set(by_step.values()))})
    targets: dict[UUID, tuple[str, str | None, tuple[str, ...]]] = {}
    for target, title, is_document, archived, unpublished, labels in rows:
        why = "it is archived" if archived else "it is a document" if is_document else None
        why = why or ("it is not published" if unpublished else None)
        targets[target] = (
            title or SOMETHING_ELSE,
            why,
            tuple(labels) if title else ("some answers",) if labels else (),
        )
    gone = ("a template", "it no longer exists", ())
    return [
        FollowUp(step_id=step_id, title=title, why_not=why, required=required)
        for step_id, target in by_step.items()
        for title, why, required in (targets.get(target, gone),)
    ]


def _texts(definition: dict[str, Any]) -> tuple[Text, ...]:
    """Every text in which variables are replaced, and how people call it."""
    texts: list[tuple[UUID | None, str, Any]] = []
    if definition.get("auto_naming"):
        texts.append((None, "The name of new processes", definition.get("default_process_name_format")))
    for step in definition["steps"]:
        step_id, title = uuid_of(step["id"]), quoted(step["title"])
        texts += [
            (step_id, f"The title of {title}", step["title"]),
            (step_id, f"The description of {title}", step.get("summary")),
            (step_id, f"The webhook address of {title}", step.get("webhook")),
        ]
        texts += [
            (step_id, f"The default of {quoted(one['label'])}", one.get("default_value"))
            for one in step.get("captures", [])
            if one.get("default_value_enabled")
        ]
    return tuple(Text(step_id, where, text) for step_id, where, text in texts if isinstance(text, str))
