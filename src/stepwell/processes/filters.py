"""What `GET /runs` can be narrowed by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from psycopg import sql

from stepwell.http.call import Call
from stepwell.http.values import uuid_of

STATUSES = {
    "active": "process.status = 'active'",
    "complete": "process.status = 'complete'",
    "completed": "process.status = 'complete'",
    "problem": "process.status IN ('problem', 'issue')",
    "issue": "process.status = 'issue'",
    "archived": "process.archived_at IS NOT NULL",
    "delayed": "(process.status <> 'complete' AND process.open_deadlines[1] < %(now)s)",
    "overdue": "(process.status <> 'complete' AND process.open_deadlines[1] < %(now)s)",
    "improvement": "EXISTS (SELECT FROM comments comment WHERE comment.organization_id = %(organization_id)s"
    " AND (comment.process_id = process.id OR comment.subject_id = process.id)"
    " AND comment.label = 'improvement')",
    "starred": "EXISTS (SELECT FROM stars star WHERE star.organization_id = %(organization_id)s"
    " AND star.person_id = %(user_id)s AND star.subject_id = process.id)",
    "all": "true",
}

TASK_OF = """
    EXISTS (SELECT FROM tasks task WHERE task.organization_id = %(organization_id)s
               AND task.process_id = process.id AND {})
"""
TAGGED = """
    EXISTS (SELECT FROM tag_associations tagged
              JOIN tags tag ON tag.organization_id = tagged.organization_id AND tag.id = tagged.tag_id
             WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id = process.id
               AND (tag.id = %(tag{0})s OR lower(tag.title) = lower(%(title{0})s)))
"""


@dataclass(slots=True)
class Filters:
    """Conditions on the alias `process` and their parameters. `only_live`: no more than "not archived"."""

    conditions: list[sql.SQL] = field(default_factory=list)
    wanted: dict[str, Any] = field(default_factory=dict)
    only_live: bool = True

    def add(self, condition: str, **parameters: Any) -> None:
        self.conditions.append(sql.SQL(condition))
        self.wanted.update(parameters)
        self.only_live = False


def filters_of(call: Call) -> Filters:
    """The conditions that the query string asks for."""
    filters = Filters()
    _add_liveness(call, filters)
    _add_words(call, filters)
    _add_people(call, filters)
    _add_places(call, filters)
    _add_times(call, filters)
    return filters


def _add_liveness(call: Call, filters: Filters) -> None:
    statuses = [word.lower() for word in call.words("status")]
    archived = call.text("archived")
    if archived == "only":
        filters.add("process.archived_at IS NOT NULL")
    elif not (archived and archived.lower() in ("true", "1", "yes", "on")) and "archived" not in statuses:
        filters.conditions.append(sql.SQL("process.archived_at IS NULL"))
    else:
        filters.only_live = False
    if statuses and "all" not in statuses:
        meant = [STATUSES.get(word, "false") for word in statuses]
        live = [condition if word == "archived" else f"({condition} AND process.archived_at IS NULL)"
                for word, condition in zip(statuses, meant, strict=True)]  # fmt: skip
        filters.add(f"({' OR '.join(live if 'archived' in statuses else meant)})")


def _add_words(call: Call, filters: Filters) -> None:
    if q := call.text("q"):
        in_answers = " OR position(lower(%(q)s) in lower(process.answers::text)) > 0"
        condition = "position(lower(%(q)s) in lower(process.name)) > 0"
        filters.add(f"({condition}{in_answers if call.flag('search_kickoff') else ''})", q=q)
    if types := call.words("type"):
        filters.add("process.type = ANY (%(types)s)", types=[word.lower() for word in types])
    if (starred := call.flag("starred")) is not None:
        filters.add(f"%(starred)s = ({STATUSES['starred']})", starred=starred)
    task_status = call.text("task_status")
    if task_status in ("in-progress", "completed"):
        wanted = "completed" if task_status == "completed" else "in-progress"
        filters.add(
            TASK_OF.format("task.status = %(task_status)s AND task.archived_at IS NULL"), task_status=wanted
        )


def _add_people(call: Call, filters: Filters) -> None:
    if (owners := call.numbers_in("owners")) is not None:
        filters.add(
            "(process.owner_id = ANY (%(owners)s) OR EXISTS (SELECT FROM tasks task"
            " JOIN task_people person ON person.organization_id = task.organization_id AND person.task_id = task.id"
            " WHERE task.organization_id = %(organization_id)s AND task.process_id = process.id"
            " AND person.person_id = ANY (%(owners)s)))",
            owners=owners,
        )
    if (starters := call.numbers_in("started_by")) is not None:
        filters.add("process.starter_id = ANY (%(starters)s)", starters=starters)
    if (groups := call.ids_in("groups")) is not None:
        filters.add(
            "(process.groups && %(groups)s::uuid[] OR "
            + TASK_OF.format("task.groups && %(groups)s::uuid[]")
            + ")",
            groups=groups,
        )
    if guests := call.words("guests"):
        filters.add(
            TASK_OF.format("task.guests && %(guests)s::text[]"), guests=[one.lower() for one in guests]
        )


def _add_places(call: Call, filters: Filters) -> None:
    if (templates := call.ids_in("checklist_id", "blueprint_id")) is not None:
        filters.add("process.template_id = ANY (%(templates)s)", templates=templates)
    if (folders := call.ids_in("folder")) is not None:
        filters.add(
            "EXISTS (SELECT FROM folder_objects filed WHERE filed.organization_id = %(organization_id)s"
            " AND filed.subject_id = process.id AND filed.folder_id = ANY (%(folders)s))",
            folders=folders,
        )
    if (parents := call.ids_in("parent_id")) is not None:
        filters.add("process.parent_id = ANY (%(parents)s)", parents=parents)
    for index, tag in enumerate(call.words("tag", "tag_ids")[:20]):
        filters.add(TAGGED.format(index), **{f"tag{index}": uuid_of(tag), f"title{index}": tag})
    if call.flag("untagged"):
        filters.add(
            "NOT EXISTS (SELECT FROM tag_associations tagged WHERE tagged.organization_id = %(organization_id)s"
            " AND tagged.subject_id = process.id)"
        )


def _add_times(call: Call, filters: Filters) -> None:
    """Days are those of the organization's time zone; "before" excludes the day, "after" too."""
    for name, condition in {
        "created_after": "process.created_at >= {}",
        "created_before": "process.created_at < {}",
        "due_after": "coalesce(process.due_date, process.max_deadline) >= {}",
        "due_before": "coalesce(process.due_date, process.max_deadline) < {}",
    }.items():
        found = call.day(name)
        if found is not None:
            later = timedelta(days=1) if name.endswith("after") else timedelta()
            start = datetime.combine(found, time(), UTC).replace(tzinfo=None) + later
            filters.add(condition.format(LOCAL_DAY.format(name)), **{name: start})


LOCAL_DAY = """
    (%({})s::timestamp AT TIME ZONE (SELECT timezone FROM organizations
                                      WHERE organization_id = %(organization_id)s))
"""
