"""Why a task is whose it is."""

from __future__ import annotations

from typing import Any

from stepwell.engine.model import Step
from stepwell.explaining.reasons import Reason, actor_of, because_of_rule, people_in_words
from stepwell.explaining.why_queries import Facts, Happened


def why_assigned(facts: Facts) -> dict[str, Any]:
    """How the task came to its people, oldest first; later reasons change what earlier ones gave."""
    changes = [event for event in facts.events if event.field == "owners"]
    first = changes[0].old if changes else facts.task.owners
    reasons = [_at_first(facts, first if isinstance(first, dict) else {})]
    reasons += [_reason(facts, event) for event in changes]
    return {
        "owners": facts.task.owners,
        "because": reasons[-1].sentence,
        "reasons": [reason.json() for reason in reasons],
    }


def _at_first(facts: Facts, people: dict[str, Any]) -> Reason:
    task = facts.task
    names = people_in_words(facts, people)
    step = facts.version.step_by_id.get(task.step_id) if facts.version and task.step_id else None
    if task.oneoff or step is None:
        created = next((event for event in facts.events if event.verb == "created"), None)
        who = actor_of(created) if created is not None else "Somebody"
        return Reason(
            kind="created", sentence=f"{who} created it for {names}.", at=task.created_at, event=created
        )
    kind, sentence = _from_step(facts, step, people, names)
    return Reason(kind=kind, sentence=sentence, at=task.created_at)


def _from_step(facts: Facts, step: Step, people: dict[str, Any], names: str) -> tuple[str, str]:
    """What the launch took the first people from; whoever has left since was left out."""
    own = {*step.people.users, *step.people.guests, *(group.hex for group in step.people.groups)}
    users = set(people.get("users", ()))
    given = {*users, *people.get("guests", ()), *people.get("groups", ())}
    launcher = facts.task.launcher_id
    if not given:
        wanted = own or step.roles or step.assign_starter
        return ("launch", "It was launched with nobody.") if wanted else ("step", "The step names nobody.")
    if given <= own:
        return "step", f"The step names {names}."
    if not own and not step.roles and step.assign_starter and users == {launcher} == given:
        return "starter", f"The step names nobody, so that it went to {names}, who launched the process."
    if step.roles and own <= given:
        return "job_title", f"It went to {names}: the step's job titles were filled at launch."
    if own and own <= given and len(given - own) == 1 and given - own <= users:
        (extra,) = given - own
        added = facts.names.get(str(extra), "a member")
        named = people_in_words(
            facts, {**people, "users": [user for user in people["users"] if user != extra]}
        )
        return "companion", f"The step names {named}; {added} was added, since guests do not stand alone."
    by = facts.names.get(str(launcher), "whoever launched it")
    return "launch", f"It was given to {names} at launch, by {by}."


def _reason(facts: Facts, event: Happened) -> Reason:
    gained, lost = _difference(event.old, event.new), _difference(event.new, event.old)
    parts = []
    if any(gained.values()):
        parts.append(f"assigned it to {people_in_words(facts, gained)}")
    if any(lost.values()):
        parts.append(f"took it from {people_in_words(facts, lost)}")
    did = " and ".join(parts) or "changed its people"
    if event.why and "automation_id" in event.why:
        return because_of_rule(facts, event, did)
    return Reason(kind="hand", sentence=f"{actor_of(event)} {did}.", event=event)


def _difference(before: Any, after: Any) -> dict[str, list[Any]]:
    """Who is in `after` but not in `before`, bucket by bucket."""
    old, new = (one if isinstance(one, dict) else {} for one in (before, after))
    return {
        bucket: [one for one in new.get(bucket, ()) if one not in old.get(bucket, ())]
        for bucket in ("users", "guests", "groups")
    }
