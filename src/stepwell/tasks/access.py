"""Who may work on a task of a loaded process, and who may change it."""

from __future__ import annotations

from stepwell.access.members import Member
from stepwell.engine.model import Task
from stepwell.errors import Forbidden


def sees(member: Member, task: Task, *, mine: bool) -> bool:
    """P-214: in a process that the member sees, a top-secret task is for assignees and administrators only."""
    own = task.oneoff and task.starter_id == member.user_id
    return member.is_admin or mine or own or not task.top_secret


def works(member: Member, task: Task, *, mine: bool) -> bool:
    """P-301 to P-305: admins, assignees, and any full member unless the task is for its assignees only."""
    restricted = task.only_assignees or task.everyone_must_complete
    return member.is_admin or mine or (member.is_full and not restricted)


def require_work(member: Member, task: Task, *, mine: bool) -> None:
    """Raises Forbidden unless the member may fill in, complete and reopen the task."""
    if not sees(member, task, mine=mine):
        raise Forbidden("You may not see this task.")
    if not works(member, task, mine=mine):
        raise Forbidden("Only the people assigned to this task may do this.")


def require_edit(member: Member, task: Task, *, mine: bool) -> None:
    """Raises Forbidden unless the member may change owners, deadline, title and settings; light members never."""
    require_work(member, task, mine=mine)
    if member.is_light:
        raise Forbidden("Your role does not allow changing tasks.")
