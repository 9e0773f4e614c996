"""The data that is measured: ten organizations with 200 callers, made once and grown tenfold on request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx
import psycopg

from stepwell.organizations.setup import NewMember, add_member, create_organization, create_token

ORGANIZATIONS = 10
PEOPLE = 20  # callers in each organization: 200 tokens
STEPS = 10
FIELDS = 5
ROLES = ("admin", "standard")  # every other caller is no administrator


@dataclass(frozen=True)
class Caller:
    """One token, and the template that its organization launches."""

    organization_id: UUID
    user_id: int
    role: str
    token: str


def make_people(conninfo: str) -> list[Caller]:
    """The organizations, their members and a token for each."""
    now = datetime.now(UTC)
    callers = []
    with psycopg.connect(conninfo) as owner:
        for number in range(ORGANIZATIONS):
            organization_id = create_organization(owner, f"Organization {number}", "UTC", now)
            for place in range(PEOPLE):
                role = ROLES[place % 2]
                member = NewMember(f"p{place}@o{number}.example", role, f"P{place}", f"O{number}",
                                   is_default_admin=place == 0)  # fmt: skip
                user_id = add_member(owner, organization_id, member, now)
                token = create_token(owner, user_id, "bench", now)
                callers.append(Caller(organization_id, user_id, role, token))
    return callers


def make_templates(origin: str, callers: list[Caller]) -> dict[UUID, str]:
    """One template of ten steps and five kick-off fields in each organization, made over HTTP."""
    templates = {}
    for organization_id in {caller.organization_id for caller in callers}:
        people = [caller for caller in callers if caller.organization_id == organization_id]
        client = httpx.Client(
            base_url=f"{origin}/api/organizations/{organization_id.hex}",
            headers={"Authorization": f"Bearer {people[0].token}"},
            timeout=60,
        )
        with client:
            fields = [
                {"label": f"Question {place}", "field_type": "text", "required": place == 1}
                for place in range(1, FIELDS + 1)
            ]
            body = {"title": "Supplier intake", "type": "procedure", "prerun": fields}
            template = client.post("/checklists", json=body).raise_for_status().json()["data"]["id"]
            for step in range(1, STEPS + 1):
                deadline = {"value": step, "unit": "days", "option": "from", "step": "start_run"}
                body = {"title": f"Step {step}", "assignees": [people[step % PEOPLE].user_id], "deadline": deadline,
                        "summary": "<p>What to do, in a few words.</p>"}  # fmt: skip
                client.post(f"/checklists/{template}/steps", json=body).raise_for_status()
        templates[organization_id] = template
    return templates


GROW = """
    WITH source AS (
        SELECT process.* FROM processes process
         WHERE process.organization_id = %(organization_id)s ORDER BY created_at, id LIMIT 1
    ), copies AS (
        SELECT gen_random_uuid() AS id, n, now() - n * interval '1 minute' AS created_at,
               (n %% 10 >= %(open_of_ten)s) AS done
          FROM generate_series(%(first)s::int, %(last)s::int) n
    ), made AS (
        INSERT INTO processes (organization_id, id, number, template_id, template_title, version_id, type,
          name,
               status, starter_id, owner_id, answers, kickoff_fields, collaborators, everyone_reads,
                 complete_tasks,
               visible_tasks, whole_complete, whole_tasks, open_deadlines, max_deadline, created_at,
                 updated_at,
               completed_at, last_event)
        SELECT source.organization_id, copy.id, 1000000 + copy.n, source.template_id, source.template_title,
               source.version_id, source.type, 'Process ' || copy.n,
               CASE WHEN copy.done THEN 'complete' ELSE 'active' END, source.starter_id, source.owner_id,
               source.answers, source.kickoff_fields, source.collaborators, true,
               CASE WHEN copy.done THEN 10 ELSE 5 END, 10, CASE WHEN copy.done THEN 10 ELSE 5 END, 10,
               CASE WHEN copy.done THEN '{}'::timestamptz[]
                    ELSE ARRAY(SELECT copy.created_at + step * interval '1 day' FROM generate_series(6, 10)
                      step) END,
               copy.created_at + interval '10 days', copy.created_at, copy.created_at,
               CASE WHEN copy.done THEN copy.created_at END, 6
          FROM source, copies copy
        RETURNING id
    ), tasked AS (
        INSERT INTO tasks (organization_id, id, process_id, number, template_id, step_id, alias, title,
          original_title,
               task_type, status, position, blueprint_position, users, deadline, deadline_source, created_at,
               updated_at, starts_at, starter_id, completer_id, completed_at)
        SELECT task.organization_id, gen_random_uuid(), copy.id, 10000000 + copy.n * 10 + task.position,
               task.template_id, task.step_id, task.alias, task.title, task.original_title, task.task_type,
               CASE WHEN copy.done OR task.position <= 5 THEN 'completed' ELSE 'not-started' END,
                 task.position,
               task.blueprint_position, task.users, copy.created_at + task.position * interval '1 day',
                 'step',
               copy.created_at, copy.created_at, copy.created_at, task.starter_id,
               CASE WHEN copy.done OR task.position <= 5 THEN task.users[1] END,
               CASE WHEN copy.done OR task.position <= 5 THEN copy.created_at END
          FROM source JOIN tasks task ON task.organization_id = source.organization_id
           AND task.process_id = source.id, copies copy
        RETURNING organization_id, id, users, status, deadline, created_at
    ), assigned AS (
        INSERT INTO task_people (organization_id, task_id, person_id, open, listed, deadline, created_at)
        SELECT organization_id, id, users[1], status <> 'completed', true, deadline, created_at FROM tasked
    ), logged AS (
        INSERT INTO events (organization_id, subject_id, number, id, at, verb, kind, actor_id, actor_type,
               object_type, object_id, subject_type, description)
        SELECT source.organization_id, copy.id, event.number, 100000000 + copy.n * 6 + event.number,
          copy.created_at,
               CASE WHEN event.number = 1 THEN 'created' ELSE 'completed' END, 'Task', source.starter_id,
                 'user', 'Task',
               copy.id, 'Run', 'Completed task: Step'
          FROM source, copies copy, generate_series(1, 6) event (number)
    )
    INSERT INTO process_viewers (organization_id, process_id, person_id, restricted, archived, created_at)
    SELECT source.organization_id, copy.id, person, false, false, copy.created_at
      FROM source, copies copy, unnest(source.collaborators) person
"""


def grow(conninfo: str, organizations: list[UUID], first: int, last: int, open_of_ten: float) -> None:
    """Copies of each organization's first process, numbered `first` to `last`; `open_of_ten` of ten are
    unfinished.

    What people have open does not grow with history: whoever grows the data tenfold passes a tenth.
    """
    with psycopg.connect(conninfo, autocommit=True) as owner:
        for organization_id in organizations:
            for start in range(first, last + 1, 2000):
                end = min(start + 1999, last)
                with owner.transaction():
                    owner.execute(
                        "SELECT set_config('app.organization_id', %s, true)", [str(organization_id)]
                    )
                    owner.execute(
                        GROW,
                        {
                            "organization_id": organization_id,
                            "first": start,
                            "last": end,
                            "open_of_ten": open_of_ten,
                        },
                    )
        owner.execute("VACUUM ANALYZE")


def launch_body(template: str, fields: list[str]) -> str:
    """What a launch sends."""
    return json.dumps(
        {"checklist_id": template, "name": "Bench", "prerun": dict.fromkeys(fields, "An answer")}
    )
