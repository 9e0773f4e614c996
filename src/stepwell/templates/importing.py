"""Importing an exported template: whatever exporters write is checked, brought into one form and copied (T-022)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from stepwell.db.ids import new_id
from stepwell.db.pool import Tenant
from stepwell.engine.compile import LAUNCH_ANCHORS
from stepwell.errors import Refused, invalid
from stepwell.http.call import Call
from stepwell.http.values import uuid_of, whole_number
from stepwell.templates.checks import check_lengths, check_references, require_may_create
from stepwell.templates.commands import columns_of, set_star, start_template
from stepwell.templates.copying import STEP_PLAIN, TEMPLATE_PLAIN, TEXTS, Copy, Row, copy_of
from stepwell.templates.deadlines import leads_back
from stepwell.templates.documents import columns_of_copy, known_to, write_parts
from stepwell.templates.field_definitions import NewField, as_definition, new_row
from stepwell.templates.kickoff import listed as listed_fields
from stepwell.templates.permission_schemas import GrantOf
from stepwell.templates.queries import template_json
from stepwell.templates.rule_checks import Known as KnownPart
from stepwell.templates.rule_checks import why_actions, why_against_itself
from stepwell.templates.rule_definitions import NewRule
from stepwell.templates.rules import as_action, as_condition, in_order
from stepwell.templates.schemas import CreateTemplate
from stepwell.templates.step_schemas import EVERYONE_TYPES, START, CreateStep

MOST_PARTS = 1000
DROPPED = {"owner_id": "owner", "user_id": "creator", "folder_id": "folder", "default_folder": "process folder",
           "kickoff_sharing_user_id": "kick-off inviter", "ko_form_blueprint_id": "kick-off form template"}  # fmt: skip
OUTSIDE = ("is_public", "is_public_kickoff", "is_pinned", "is_featured", "folder_id", "default_folder")
DEFAULT_START = {"value": 2, "unit": "hours"}
Reasons = dict[str, list[str]]
Read = TypeVar("Read")


async def import_template(call: Call, data: CreateTemplate) -> tuple[str, list[str]]:
    """Create a template with all its parts. Returns its JSON, and what was left out.

    Raises Refused for parts that are none; what merely refers to something unknown here is left out.
    """
    document, warnings = document_from(data)
    async with call.db.transaction(call.member) as tenant:
        await require_may_create(tenant, call.member)
        check_lengths(data, data.type)
        await _drop_unknown(tenant, data, warnings)
        makes_tags = call.member.is_admin
        known = await known_to(tenant, document, makes_tags=makes_tags, keeps_custom_fields=False)
        copy = copy_of(document, known)
        _drop_impossible_rules(copy)
        values = columns_of_copy(copy) | _columns_outside(call, data)
        draft = await start_template(call, tenant, values, data.start_run_permissions)
        await write_parts(draft, copy)
        await set_star(tenant, call.member, draft.id, data.starred)
        draft.note("created", f"Imported template: {data.title}", new=data.title)
        await draft.finish()
        return await template_json(tenant, call, draft.id), [*warnings, *copy.warnings]


def document_from(data: CreateTemplate) -> tuple[Row, list[str]]:
    """What was sent in the form of an export, and what was left out. Raises Refused with all that is wrong."""
    reasons: Reasons = {}
    warnings: list[str] = []
    steps = _read_each("steps", _part_list(data.steps), _step, reasons)
    prerun = _read_each("prerun", listed_fields(data.prerun), _form_field, reasons)
    stages = _read_each("stages", _part_list(data.stages), _stage, reasons)
    if steps and data.type != "procedure":
        reasons["steps"] = ["Steps cannot be added to this template type."]
    if reasons:
        raise invalid(reasons)
    _unwind_deadlines(steps, warnings)
    rules = [_rule(rule, warnings) for rule in _part_list(data.automated_actions)[:MOST_PARTS]]
    document = {name: getattr(data, name) for name in (*TEMPLATE_PLAIN, *TEXTS, "users", "contributors")}
    form = data.ko_form_blueprint_id
    return document | {
        "status": data.status,
        "groups": [group.hex for group in data.groups],
        "ko_form_blueprint_id": form.hex if form else None,
        "custom_fields": {},
        "prerun": prerun,
        "steps": steps,
        "stages": stages,
        "automated_actions": [rule for rule in rules if rule is not None],
        "tags": _tags(data.exported_tags),
        "permissions": [one for one in map(_grant, _part_list(data.permissions)) if one is not None],
    }, warnings


def _part_list(parts: Any) -> list[Any]:
    """A list, bare or in the envelope of an include; anything else holds no part."""
    if isinstance(parts, Mapping):
        parts = parts.get("data")
    return list(parts) if isinstance(parts, list) else []


def _read_each(
    path: str, parts: Sequence[Any], read: Callable[[Mapping[str, Any]], Read], reasons: Reasons
) -> list[Read]:
    """Every part, by position; what is wrong with one is added under its path."""
    if len(parts) > MOST_PARTS:
        reasons[path] = [f"The {path} may not have more than {MOST_PARTS} items."]
        return []
    placed: list[tuple[int, Read]] = []
    for index, part in enumerate(parts):
        try:
            if not isinstance(part, Mapping):
                raise invalid({"": ["It must be an object."]})
            placed.append((whole_number(part.get("position")) or index + 1, read(part)))
        except Refused as refusal:
            found = {f"{path}.{index}.{key}".rstrip("."): list(said) for key, said in refusal.reasons.items()}
            reasons |= found
    return [part for _, part in sorted(placed, key=lambda one: one[0])]


def _stage(stage: Mapping[str, Any]) -> Row:
    name = stage.get("name") or stage.get("title")
    if not isinstance(name, str) or not name.strip():
        raise invalid({"name": ["The name field is required."]})
    return {"id": _old_id(stage), "name": name.strip()[:250]}


def _form_field(one: Mapping[str, Any]) -> Row:
    row = as_definition(new_row(NewField.read(dict(one)), new_id(), None, ""))
    return {**row, "id": _old_id(one), "alias": one.get("alias"), "custom_fields": {}}


def _step(step: Mapping[str, Any]) -> Row:
    """A step in the form of an export. Raises Refused with what is wrong with it and its fields."""
    reasons: Reasons = {}
    fields = _read_each("captures", _part_list(step.get("captures")), _form_field, reasons)
    sent = {key: value for key, value in step.items() if key not in ("captures", "tags", "position")}
    sent["deadline"] = _whole_deadline(step.get("deadline"))
    sent["stage_id"] = stage_id.hex if (stage_id := uuid_of(step.get("stage_id"))) else None
    if "step_type" not in sent and sent.get("task_type") not in (None, "normal"):
        sent["step_type"] = sent["task_type"]
    sent.setdefault("summary", sent.get("description"))
    try:
        data = CreateStep.read(sent)
    except Refused as refusal:
        reasons |= {key: list(said) for key, said in refusal.reasons.items()}
    if reasons:
        raise invalid(reasons)
    row = {name: getattr(data, name) for name in STEP_PLAIN if name != "custom_fields"}
    follow_up = data.bp_to_launch
    return row | {
        "id": _old_id(step),
        "alias": step.get("alias"),
        "title": data.title,
        "summary": data.summary,
        "webhook": data.webhook,
        "stage_id": sent["stage_id"],
        "start_date": data.start_date.model_dump() if data.start_date else DEFAULT_START,
        "deadline": data.deadline.model_dump() if data.deadline else None,
        "bp_to_launch": {**follow_up.model_dump(), "id": follow_up.id.hex} if follow_up else None,
        "everyone_must_complete": data.everyone_must_complete and data.step_type in EVERYONE_TYPES,
        "assignees": list(dict.fromkeys(data.assignees)),
        "guests": list(dict.fromkeys(data.guests)),
        "groups": list(dict.fromkeys(group.hex for group in data.groups)),
        "roles": [role.hex for role in map(uuid_of, _part_list(step.get("roles"))) if role],
        "captures": fields,
        "tags": _tags(step.get("tags")),
        "custom_fields": {},
    }


def _old_id(part: Mapping[str, Any]) -> str | None:
    found = uuid_of(part.get("id"))
    return found.hex if found else None


def _whole_deadline(deadline: Any) -> Any:
    """A deadline counted from the launch where it does not say from what."""
    if not isinstance(deadline, Mapping):
        return deadline or None
    anchor = deadline.get("step")
    known = uuid_of(anchor) is not None or (isinstance(anchor, str) and anchor in LAUNCH_ANCHORS)
    return {"option": "from", **deadline, "step": anchor if known else START}


def _unwind_deadlines(steps: Sequence[Row], warnings: list[str]) -> None:
    """A deadline that in the end counts from itself counts from the launch."""
    anchors = {step["id"]: step["deadline"]["step"] for step in steps if step["id"] and step["deadline"]}
    for step in steps:
        if step["id"] in anchors and leads_back(step["id"], anchors):
            step["deadline"]["step"] = anchors[step["id"]] = START
            warnings.append(
                f'Step "{step["title"]}": its deadline depended on itself and now counts from the launch.'
            )


def _tags(tags: Any) -> list[Row]:
    """Tags by id, by title, or as associations have them."""
    found: list[Row] = []
    for tag in _part_list(tags)[:MOST_PARTS]:
        if isinstance(tag, Mapping):
            found.append({key: tag.get(key) for key in ("tag_id", "title", "color")})
        elif isinstance(tag, str):
            tag_id = uuid_of(tag)
            found.append({"tag_id": tag_id.hex} if tag_id else {"title": tag})
    return [tag | {"color": _color(tag.get("color"))} for tag in found]


def _color(color: Any) -> str | None:
    return color if isinstance(color, str) and len(color) == 7 and color.startswith("#") else None


def _grant(grant: Any) -> Row | None:
    try:
        data = GrantOf.read(grant)
    except Refused:
        return None
    return {
        "permission": data.permission,
        "everyone": data.everyone,
        "users": data.users,
        "groups": [group.hex for group in data.groups],
    }


def _rule(rule: Any, warnings: list[str]) -> Row | None:
    """A rule in the form of an export, or None and a warning when it is none."""
    name = rule.get("automated_alias") if isinstance(rule, Mapping) else None
    try:
        data = NewRule.read(dict(rule) if isinstance(rule, Mapping) else rule)
    except Refused as refusal:
        why = next(iter(refusal.reasons.values()), [refusal.message])[0]
        warnings.append(f'Automation "{name or "without a name"}" was left out: {why}')
        return None
    logic = data.condition_logic or "and"
    return {
        "automated_alias": data.automated_alias,
        "conditions": in_order([as_condition(one, logic) for one in data.conditions]),
        "then_actions": in_order([as_action(one) for one in data.then_actions]),
    }


def _drop_impossible_rules(copy: Copy) -> None:
    """Leave out rules that could not be saved one by one either."""
    known = {step["id"]: KnownPart("Step", "", []) for step in copy.steps}
    for one in copy.fields:
        kind = "Prerun" if one["step_id"] is None else "Capture"
        known[one["id"]] = KnownPart(kind, one["field_type"], one["field_validation"])
    possible: list[Row] = []
    for rule in copy.rules:
        wrong = why_actions(rule["actions"], known) | why_against_itself(rule["conditions"], rule["actions"])
        if wrong:
            why = next(iter(wrong.values()))[0]
            copy.warnings.append(f'Automation "{rule["name"]}" was left out: {why}')
        else:
            possible.append({**rule, "position": len(possible) + 1})
    copy.rules = possible


async def _drop_unknown(tenant: Tenant, data: CreateTemplate, warnings: list[str]) -> None:
    """Forget the owner, folders and so on that this organization does not have."""
    alone = data.model_copy(update={"users": [], "groups": [], "contributors": [], "tags": []})
    try:
        await check_references(tenant, alone)
    except Refused as refusal:
        for name in refusal.reasons:
            if name not in DROPPED:
                raise invalid({name: list(refusal.reasons[name])}) from None
            setattr(data, name, None)
            warnings.append(f"The {DROPPED[name]} is unknown in this organization and was left out.")


def _columns_outside(call: Call, data: CreateTemplate) -> Row:
    """The columns that are not part of what is copied."""
    sent = columns_of(call.member, data)
    values: dict[str, Any] = {name: sent[name] for name in OUTSIDE if name in sent}
    values |= {"title": data.title, "owner_id": data.owner_id or call.member.user_id}
    if data.user_id and call.member.is_admin:
        values["created_by"] = data.user_id
    if data.is_public_kickoff:
        values["kickoff_sharing_user_id"] = data.kickoff_sharing_user_id or call.member.user_id
    return values
