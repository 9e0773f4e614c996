"""What task lists can be narrowed by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from stepwell.errors import refused
from stepwell.http.call import Call
from stepwell.http.values import day, truth, uuid_of

LIST_QUERY = (
    "q", "status", "owners", "assignee", "guests", "groups", "roles", "unassigned", "tag", "folder", "checklist_id",
    "blueprint_id", "template", "run_id", "process", "created", "deadline_on", "deadline_start_range",
    "deadline_end_range", "deadline_before", "deadline_after", "completed_after", "completed_before", "is_oneoff",
    "task_type", "archived", "custom_field_key", "custom_field_value", "created_for_others", "mentioned",
    "starter_id", "currentTask", "replace_page",
)  # fmt: skip

OPEN = "task.status IN ('not-started', 'in-progress') AND task.archived_at IS NULL"
STATUSES = {
    "active": OPEN,
    "incomplete": OPEN,
    "active_visible": f"{OPEN} AND (task.starts_at IS NULL OR task.starts_at <= %(now)s)",
    "complete": "task.status = 'completed'",
    "not-started": "task.status = 'not-started'",
    "in-progress": "task.status = 'in-progress'",
    "problem": "task.issues > 0",
    "overdue": f"{OPEN} AND task.deadline < %(now)s",
    "due_soon": f"{OPEN} AND task.deadline BETWEEN %(now)s AND %(now)s + interval '24 hours'",
    "on_time": f"{OPEN} AND coalesce(task.deadline > %(now)s + interval '24 hours', true)",
    "archived": "task.archived_at IS NOT NULL",
    "draft": "false",
    "auto-skipped": "task.status = 'auto-skipped'",
}
SYNONYMS = {
    "completed": "complete",
    "inprogress": "in-progress",
    "hasproblem": "problem",
    "issue": "problem",
    "on time": "on_time",
    "on-time": "on_time",
    "hidden": "auto-skipped",
}

ASSIGNED = """
    EXISTS (SELECT FROM task_people person WHERE person.organization_id = %(organization_id)s
               AND person.task_id = task.id AND {})
"""
TAGGED = """
    EXISTS (SELECT FROM tag_associations tagged
              JOIN tags tag ON tag.organization_id = tagged.organization_id AND tag.id = tagged.tag_id
             WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id IN (task.id, task.process_id)
               AND (tag.id = ANY (%(tags)s) OR lower(tag.title) = ANY (%(tag_titles)s)))
"""
FILED = """
    EXISTS (SELECT FROM folder_objects filed WHERE filed.organization_id = %(organization_id)s
               AND filed.subject_id IN (task.id, task.process_id) AND filed.folder_id = ANY (%(folders)s))
"""
# A word is put into small letters once, not for each row, and a process is asked for its name once, not for each task.
NAMED = """
    (position((SELECT lower(%(q{0})s)) in lower(task.title)) > 0
     OR (task.original_title <> task.title AND position((SELECT lower(%(q{0})s)) in lower(task.original_title)) > 0)
     OR task.process_id IN (SELECT named.id FROM processes named
                             WHERE named.organization_id = %(organization_id)s
                               AND position((SELECT lower(%(q{0})s)) in lower(named.name)) > 0))
"""
LOCAL_DAY = """
    (%({})s::timestamp AT TIME ZONE (SELECT timezone FROM organizations
                                      WHERE organization_id = %(organization_id)s))
"""


@dataclass(slots=True)
class Filters:
    """Conditions on the aliases `task` and `process`, and their parameters.

    `state` names the set when nothing narrows it but what `task_people` repeats: "open", "completed" or "listed".
    `searched`: every row must be looked at, which should happen once.
    """

    conditions: list[str] = field(default_factory=list)
    wanted: dict[str, Any] = field(default_factory=dict)
    state: str | None = None
    searched: bool = False

    def add(self, condition: str, **parameters: Any) -> None:
        self.conditions.append(condition)
        self.wanted.update(parameters)
        self.state = None


def filters_of(call: Call, *, default_status: str = "all", of_process: bool = False) -> Filters:
    """The conditions that the query string asks for. Raises Refused for a date that is none.

    `of_process`: the list of one process, which shows hidden tasks, and in an archived one those archived with it.
    """
    filters = Filters()
    _add_status(call, filters, default_status, of_process)
    _add_words(call, filters)
    _add_people(call, filters)
    _add_places(call, filters)
    _add_days(call, filters)
    return filters


def _add_status(call: Call, filters: Filters, default: str, of_process: bool) -> None:
    sent = {word.lower() for word in call.words("status")} or {default}
    statuses = set() if "all" in sent else {SYNONYMS.get(word, word) for word in sent} & STATUSES.keys()
    archived = (call.text("archived") or "").lower()
    only_archived = archived == "only" or statuses == {"archived"}
    if only_archived:
        filters.add("task.archived_at IS NOT NULL")
    elif truth(archived) is not True and "archived" not in statuses:
        filters.add("task.archived_at IS NOT DISTINCT FROM process.archived_at" if of_process
                    else "task.archived_at IS NULL")  # fmt: skip
    if statuses:
        filters.add("(" + " OR ".join(f"({STATUSES[name]})" for name in sorted(statuses)) + ")")
    if "auto-skipped" not in statuses and (statuses or not of_process):
        filters.add("task.status <> 'auto-skipped'")
    if not archived and not of_process:
        filters.state = STATES.get(frozenset(statuses))


STATES = {frozenset(): "listed", frozenset({"active"}): "open", frozenset({"incomplete"}): "open",
          frozenset({"complete"}): "completed"}  # fmt: skip


def _add_words(call: Call, filters: Filters) -> None:
    for index, word in enumerate((call.text("q") or "").split()[:20]):
        filters.add(NAMED.format(index), **{f"q{index}": word})
        filters.searched = True
    if (oneoff := call.flag("is_oneoff")) is not None:
        filters.add("task.oneoff = %(oneoff)s", oneoff=oneoff)
    if types := call.words("task_type"):
        meant = {"standard": "task", "accept_decline": "approval"}
        filters.add("task.task_type = ANY (%(types)s)", types=[meant.get(one, one) for one in types])
    key, value = call.text("custom_field_key"), call.text("custom_field_value")
    if key is not None and value is not None:
        filters.add(
            "lower(task.custom_fields ->> %(custom_key)s) = lower(%(custom_value)s)",
            custom_key=key,
            custom_value=value,
        )


def _add_people(call: Call, filters: Filters) -> None:
    if (owners := call.numbers_in("owners")) is not None:
        filters.add(ASSIGNED.format("person.person_id = ANY (%(owners)s)"), owners=owners)
    if assignee := call.text("assignee"):
        meant = "%(user_id)s" if assignee.lower() == "me" else "ANY (%(assignee)s)"
        filters.add(
            ASSIGNED.format(f"person.person_id = {meant}"), assignee=call.numbers_in("assignee") or []
        )
    if guests := call.words("guests"):
        addresses = (
            "person.person_id IN (SELECT guest.id FROM people guest WHERE guest.kind = 'guest'"
            " AND guest.organization_id = %(organization_id)s AND guest.email = ANY (%(guests)s))"
        )
        filters.add(ASSIGNED.format(addresses), guests=[one.lower() for one in guests])
    if (groups := call.ids_in("groups")) is not None:
        filters.add("task.groups <> '{}' AND task.groups && %(groups)s::uuid[]", groups=groups)
    if (roles := call.ids_in("roles")) is not None:
        filters.add("task.roles && %(roles)s::uuid[]", roles=roles)
    nobody = "(task.users = '{}' AND task.guests = '{}' AND task.groups = '{}')"
    if (unassigned := call.flag("unassigned")) is not None and unassigned:
        filters.add(nobody)
    if (starters := call.numbers_in("starter_id")) is not None:
        filters.add("task.starter_id = ANY (%(starters)s)", starters=starters)
    if call.flag("created_for_others"):
        filters.add("task.starter_id = %(user_id)s AND " + ASSIGNED.format("person.person_id <> %(user_id)s"))
    if call.flag("mentioned"):
        filters.add("%(user_id)s = ANY (task.mentioned)")


def _add_places(call: Call, filters: Filters) -> None:
    if (templates := call.ids_in("checklist_id", "blueprint_id", "template")) is not None:
        filters.add("task.template_id = ANY (%(templates)s)", templates=templates)
    if (processes := call.ids_in("run_id", "process")) is not None:
        filters.add("task.process_id = ANY (%(processes)s)", processes=processes)
    if tags := call.words("tag"):
        ids = [found for word in tags if (found := uuid_of(word)) is not None]
        filters.add(TAGGED, tags=ids, tag_titles=[word.lower() for word in tags])
    if (folders := call.ids_in("folder")) is not None:
        filters.add(FILED, folders=folders)


def _add_days(call: Call, filters: Filters) -> None:
    """Days are those of the organization's time zone; ranges include both ends, before and after exclude theirs."""
    if created := call.text("created"):
        first, _, last = created.partition(":")
        _within(filters, "created", "task.created_at", _day_of("created", first),
                _day_of("created", last or first))  # fmt: skip
    on = call.day("deadline_on")
    if on is not None:
        _within(filters, "deadline", "task.deadline", on, on)
    else:
        start, end = call.day("deadline_start_range"), call.day("deadline_end_range")
        _within(filters, "deadline", "task.deadline", start, end)
        before, after = call.day("deadline_before"), call.day("deadline_after")
        _within(filters, "due", "task.deadline", _next(after), _previous(before))
    before, after = call.day("completed_before"), call.day("completed_after")
    _within(filters, "completed", "task.completed_at", _next(after), _previous(before))


def _within(filters: Filters, name: str, column: str, first: date | None, last: date | None) -> None:
    """From the start of `first` to the end of `last`, either end open."""
    if first is not None:
        filters.add(f"{column} >= " + LOCAL_DAY.format(f"{name}_from"), **{f"{name}_from": first.isoformat()})
    if last is not None:
        end = _next(last) or last
        filters.add(f"{column} < " + LOCAL_DAY.format(f"{name}_to"), **{f"{name}_to": end.isoformat()})


def _next(one: date | None) -> date | None:
    return None if one is None else one + timedelta(days=1) if one < date.max else one


def _previous(one: date | None) -> date | None:
    return None if one is None else one - timedelta(days=1) if one > date.min else one


def _day_of(name: str, text: str) -> date:
    found = day(text.strip()[:10])
    if found is None:
        raise refused(name, f"The {name} is not a valid date.")
    return found
