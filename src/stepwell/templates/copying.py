"""Copies a template: every part gets a new id and alias, and all that refers to a part refers to its copy (T-017).

A document is a template as it is exported: the API's shape with bare `steps`, `stages`, `tags` and `permissions`.
Nothing here knows of the database; what the destination knows is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from stepwell.db.ids import new_id
from stepwell.engine.compile import LAUNCH_ANCHORS
from stepwell.engine.markup import ZERO_WIDTH
from stepwell.templates.aliases import Aliases
from stepwell.templates.step_schemas import START

Document = Mapping[str, Any]
Row = dict[str, Any]
MintedForm = list[tuple[Document, tuple[str, str]]]  # each field with its new id and alias

LONGEST_TAG = 30
TEXTS = ("summary", "guidance", "kickoff_description", "kickoff_title", "default_process_name_format")
TEMPLATE_PLAIN = (
    "type", "guidance", "icon", "webhook", "explanation_video", "folder_changeable_by_launcher",
    "folderize_process", "tag_process", "auto_naming", "allow_launcher_change_name", "can_add_oot", "public_cover",
    "industry_tags", "topic_tags", "dual_version_enabled", "replace_state_conditionally", "privacy", "settings",
)  # fmt: skip
STEP_PLAIN = (
    "step_type", "max_assignable", "allow_guest_owners", "skip_start_process", "can_complete_only_assignees",
    "everyone_must_complete", "prevent_guest_comment", "is_soft_start_date", "start_date",
    "role_changes_every_time", "assign_run_starter", "top_secret", "send_chromeless", "hide_by_default",
    "ask_guest_at_launch", "ai_assigned", "ai_allowed_app_keys", "ai_on_uncertainty", "custom_fields",
)  # fmt: skip
FIELD_PLAIN = (
    "field_type", "label", "required", "options", "columns", "field_validation", "default_value_enabled",
    "collect_time", "use_wysiwyg_editor", "prefix", "suffix", "settings", "list", "custom_fields",
)  # fmt: skip
BUCKETS = {"users": "members", "guests": "guests", "groups": "groups", "roles": "job titles"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists at the destination; ids are hex, addresses and titles of tags are in lower case."""

    users: frozenset[int] = frozenset()
    guests: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)  # id by id, and id by title
    makes_tags: bool = False
    keeps_custom_fields: bool = False


@dataclass(slots=True)
class Copy:
    """The rows of the copy, by column names, with ids in hex; `warnings` say what was left out."""

    template: Row = field(default_factory=dict)
    stages: list[Row] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)
    fields: list[Row] = field(default_factory=list)
    rules: list[Row] = field(default_factory=list)
    tags: list[tuple[str | None, str]] = field(default_factory=list)  # step (None: the template), tag
    new_tags: dict[str, Row] = field(default_factory=dict)  # by lower title
    grants: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def tag_title(tag: Document) -> str:
    """A tag's title, no longer than titles may be."""
    return str(tag.get("title") or "").strip()[:LONGEST_TAG]


def copy_of(document: Document, known: Known) -> Copy:
    """The copy of a template; what the destination does not know is left out."""
    return Copier(document, known).copied()


class Copier:
    """One copy in the making."""

    def __init__(self, document: Document, known: Known) -> None:
        self.document = document
        self.known = known
        self.copy = Copy()
        self.ids: dict[str, str] = {}  # old to new, of steps, fields and stages
        self.words: dict[str, str] = {}  # old alias to new alias
        self._aliases = Aliases(set())
        self.stages = [(stage, self._mint(stage)) for stage in document["stages"]]
        kickoff = self._minted_form(document["prerun"])
        forms = [self._minted_form(step["captures"]) for step in document["steps"]]
        # Steps come after fields, whose new aliases may stand in their titles.
        self.steps = [
            (step, self._mint(step, self.text(step["title"]), "step")) for step in document["steps"]
        ]
        self.forms: list[tuple[str | None, MintedForm]] = [
            (None, kickoff),
            *((fresh, form) for (_, (fresh, _)), form in zip(self.steps, forms, strict=True)),
        ]
        self.kinds = self._kinds()

    def _mint(self, part: Document, title: str = "", otherwise: str = "") -> tuple[str, str]:
        """A new id and alias for a part, remembered under the old ones."""
        fresh = new_id().hex
        alias = self._aliases.new(title, otherwise) if otherwise else ""
        if part.get("id"):
            self.ids[str(part["id"])] = fresh
        if alias and part.get("alias"):
            self.words[str(part["alias"])] = alias
        return fresh, alias

    def _minted_form(self, fields: Iterable[Document]) -> MintedForm:
        return [(one, self._mint(one, one["label"], "field")) for one in fields]

    def _kinds(self) -> dict[str, str]:
        """What each new id is: a step, a field of one, or a kick-off field."""
        kinds = {fresh: "Step" for _, (fresh, _) in self.steps}
        for step_id, form in self.forms:
            kinds |= {fresh: "Prerun" if step_id is None else "Capture" for _, (fresh, _) in form}
        return kinds

    def copied(self) -> Copy:
        self._tag(None, self.document["tags"])
        self.copy.template = self._template()
        self.copy.stages = [
            {"id": fresh, "name": stage["name"], "position": place}
            for place, (stage, (fresh, _)) in enumerate(self.stages, start=1)
        ]
        self.copy.steps = [self._step(step, new, place) for place, (step, new) in enumerate(self.steps, 1)]
        self.copy.fields = [
            self._field(one, new, step_id, place)
            for step_id, form in self.forms
            for place, (one, new) in enumerate(form, start=1)
        ]
        for rule in self.document["automated_actions"]:
            self._rule(rule)
        self.copy.grants = [self._grant(grant) for grant in self.document["permissions"]]
        return self.copy

    def text(self, text: Any) -> Any:
        """A text with the variables and the ids of the copy; anything else as it is, lists and objects inside too."""
        if isinstance(text, list):
            return [self.text(one) for one in text]
        if isinstance(text, dict):
            return {key: self.text(value) for key, value in text.items()}
        if not isinstance(text, str):
            return text
        text = re.sub(r"\{\{([^{}]*)\}\}", self._variable, text)
        return re.sub(r"[0-9a-f]{32}", lambda found: self.ids.get(found.group(), found.group()), text)

    def _variable(self, found: re.Match[str]) -> str:
        word = found.group(1).translate(ZERO_WIDTH).strip()
        return "{{" + self.words[word] + "}}" if word in self.words else found.group()

    def _template(self) -> Row:
        document = self.document
        row = {name: document[name] for name in TEMPLATE_PLAIN}
        row |= {name: self.text(document[name]) for name in TEXTS}
        row["readiness"] = document["status"]
        row["users"] = self._people("users", document["users"], "The template")
        row["groups"] = self._people("groups", document["groups"], "The template")
        row["contributors"] = self._people("users", document["contributors"], "The template")
        row["custom_fields"] = document["custom_fields"] if self.known.keeps_custom_fields else {}
        source = document["ko_form_blueprint_id"]
        row["ko_form_blueprint_id"] = UUID(source) if source in self.known.templates else None
        if source and not row["ko_form_blueprint_id"]:
            self.copy.warnings.append("The kick-off form of another template was left out.")
        return row

    def _step(self, step: Document, new: tuple[str, str], place: int) -> Row:
        name = f'Step "{step["title"]}"'
        self._tag(new[0], step["tags"])
        row = {column: step[column] for column in STEP_PLAIN}
        if not self.known.keeps_custom_fields:
            row["custom_fields"] = {}
        return row | {
            "id": new[0],
            "alias": new[1],
            "position": place,
            "title": self.text(step["title"]),
            "summary": self.text(step["summary"]),
            "webhook": self.text(step["webhook"]),
            "stage_id": self.ids.get(str(step["stage_id"])),
            "deadline": self._deadline(step["deadline"]),
            "bp_to_launch": self._follow_up(step["bp_to_launch"], name),
            "assignees": self._people("users", step["assignees"], name),
            "guests": self._people("guests", step["guests"], name),
            "groups": self._people("groups", step["groups"], name),
            "roles": self._people("roles", step["roles"], name),
        }

    def _deadline(self, deadline: Document | None) -> Row | None:
        """The same span; counted from the copy of its anchor, or from the launch when there is none."""
        if not deadline:
            return None
        anchor = str(deadline.get("step") or START)
        return {**deadline, "step": START if anchor in LAUNCH_ANCHORS else self.ids.get(anchor, START)}

    def _follow_up(self, follow_up: Document | None, name: str) -> Row | None:
        if not follow_up:
            return None
        if follow_up["id"] not in self.known.templates:
            self.copy.warnings.append(f"{name}: the template to launch afterwards was left out.")
            return None
        return {**follow_up, "default_name_format": self.text(follow_up.get("default_name_format"))}

    def _field(self, one: Document, new: tuple[str, str], step_id: str | None, place: int) -> Row:
        row = {column: one[column] for column in FIELD_PLAIN}
        if not self.known.keeps_custom_fields:
            row["custom_fields"] = {}
        return row | {
            "id": new[0],
            "alias": new[1],
            "step_id": step_id,
            "position": place,
            "guidance": self.text(one["guidance"]),
            "default_value": self.text(one["default_value"]),
        }

    def _people(self, bucket: str, named: Iterable[Any], where: str) -> list[Any]:
        """Those that the destination knows; how many it does not is a warning."""
        known: frozenset[Any] = getattr(self.known, bucket)
        named = list(named)
        kept = [one for one in named if one in known]
        if len(kept) < len(named):
            lost = len(named) - len(kept)
            self.copy.warnings.append(
                f"{where}: {lost} {BUCKETS[bucket]} unknown in this organization were left out."
            )
        return kept

    def _grant(self, grant: Document) -> Row:
        where = f"Permission {grant['permission']}"
        return {
            "permission": grant["permission"],
            "everyone": grant["everyone"],
            "users": self._people("users", grant["users"], where),
            "groups": self._people("groups", grant["groups"], where),
        }

    def _tag(self, step_id: str | None, tags: Iterable[Document]) -> None:
        """Tags by their id if the destination has it, else by title; missing ones are made if that is allowed."""
        for tag in tags:
            title = tag_title(tag)
            tag_id = self.known.tags.get(str(tag.get("tag_id"))) or self.known.tags.get(title.lower())
            if tag_id is None and title and self.known.makes_tags:
                new = self.copy.new_tags.setdefault(
                    title.lower(),
                    {"id": new_id().hex, "title": title, "color": tag.get("color") or "#3498db"},
                )
                tag_id = str(new["id"])
            if tag_id is None:
                self.copy.warnings.append(
                    f'Tag "{title}" does not exist in this organization and was left out.'
                )
            else:
                self.copy.tags.append((step_id, tag_id))

    def _rule(self, rule: Document) -> None:
        """A rule that refers to copied parts only; any other is left out (T-022)."""
        name = rule["automated_alias"]
        conditions = [self._condition(one) for one in rule["conditions"]]
        actions = [self._action(one, f'Automation "{name}"') for one in rule["then_actions"]]
        if not (conditions and actions and all(conditions) and all(action is not None for action in actions)):
            self.copy.warnings.append(
                f'Automation "{name}" was left out: it refers to steps or fields that are not part of the template.'
            )
            return
        kept = [action for action in actions if action]
        if not kept:
            self.copy.warnings.append(
                f'Automation "{name}" was left out: nobody is left whom it could assign.'
            )
            return
        self.copy.rules.append(
            {
                "id": new_id().hex,
                "name": name,
                "position": len(self.copy.rules) + 1,
                "conditions": conditions,
                "actions": [{**action, "position": place} for place, action in enumerate(kept, start=1)],
            }
        )

    def _part(self, old: Any, kind: Any) -> str | None:
        fresh = self.ids.get(str(old))
        return fresh if fresh is not None and self.kinds.get(fresh) == kind else None

    def _condition(self, condition: Document) -> Row | None:
        subject = self._part(condition.get("conditionable_id"), condition.get("conditionable_type"))
        return {**condition, "id": new_id().hex, "conditionable_id": subject} if subject else None

    def _action(self, action: Document, name: str) -> Row | None:
        """The action on the copy; None when it refers to no copied part, empty when nobody is left to assign."""
        target = self._part(action.get("target_step_id"), "Step")
        source = self._part(action.get("actionable_id"), action.get("actionable_type"))
        if target is None or (action.get("actionable_id") and source is None):
            return None
        named = action.get("assignees")
        assignees = named
        if named:
            assignees = {
                bucket: self._people(bucket, named.get(bucket) or [], name)
                for bucket in ("users", "guests", "groups")
            }
            needed = action.get("action_verb") != "clear_assignees" and source is None
            if needed and any(named.values()) and not any(assignees.values()):
                return {}
        return {
            **action,
            "id": new_id().hex,
            "target_step_id": target,
            "actionable_id": source,
            "assignees": assignees,
        }
