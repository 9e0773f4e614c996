"""People who complete tasks of one process at the same moment get what some order of them would have given."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier
from uuid import UUID

import psycopg
import pytest

from tests.api.drawn import Drawn, Part, Pen, draw, launched, step, tasks_by_title
from tests.conftest import Client

DONE_BY_PEOPLE = "ABC"
ROUNDS = 6
State = tuple[object, ...]


@pytest.fixture
def entangled(database: str, ada: Client) -> Drawn:
    """Whether D, E and F are seen in the end depends on the order in which A, B and C are completed."""
    template = draw(database, ada, *(step(title) for title in "ABCDEF"))
    with psycopg.connect(database) as owner:
        pen = Pen(owner, UUID(ada.organization_id), UUID(template.id))
        for position, (when, verb, target) in enumerate(
            [
                ("AC", "show", "D"),
                ("B", "hide", "E"),
                ("AB", "show", "F"),
                ("C", "hide", "F"),
                ("A", "hide", "D"),
            ],
            start=1,
        ):
            rule = {
                "name": f"{verb} {target}",
                "position": position,
                "conditions": [_completed(template, title) for title in when],
                "actions": [_visibility(template, verb, target)],
            }
            pen.put("template_rules", rule)
    return template


def _completed(template: Drawn, title: str) -> Part:
    return {
        "conditionable_id": template.steps[title], "conditionable_type": "Step", "operation": "completed",
        "statement": None, "logic": "and", "position": 1,
    }  # fmt: skip


def _visibility(template: Drawn, verb: str, target: str) -> Part:
    return {
        "action_type": "visibility", "action_verb": verb, "position": 1, "target_step_id": template.steps[target],
    }  # fmt: skip


def complete(client: Client, run: str, task_id: str, start: Barrier | None = None) -> None:
    if start is not None:
        start.wait(30)
    client.data("POST", f"/runs/{run}/completed-tasks", json={"task_id": task_id})


def state(client: Client, run: str) -> State:
    """What is done and what is seen, and how the process counts it."""
    process = client.data("GET", f"/runs/{run}")
    tasks = client.data("GET", f"/runs/{run}/tasks?status=all&per_page=100")
    seen = tuple(sorted((one["title"], one["status"]) for one in tasks))
    return (
        process["status"],
        tuple(process["progress"].values()),
        tuple(process["whole_progress"].values()),
        *seen,
    )


def in_order(client: Client, template: Drawn, order: Sequence[str]) -> State:
    run = launched(client, template)["id"]
    tasks = tasks_by_title(client, {"id": run})
    for title in order:
        complete(client, run, tasks[title]["id"])
    return state(client, run)


def test_no_order_of_completions_at_once_gives_a_state_that_no_sequence_gives(
    ada: Client, stan: Client, entangled: Drawn
) -> None:
    possible = {in_order(ada, entangled, order) for order in permutations(DONE_BY_PEOPLE)}
    assert len(possible) > 1, "the template must be one where the order matters"
    for _ in range(ROUNDS):
        run = launched(ada, entangled)["id"]
        tasks = tasks_by_title(ada, {"id": run})
        start = Barrier(len(DONE_BY_PEOPLE))
        people = (ada, stan, ada)
        with ThreadPoolExecutor(len(DONE_BY_PEOPLE)) as pool:
            done = [
                pool.submit(complete, client, run, tasks[title]["id"], start)
                for client, title in zip(people, DONE_BY_PEOPLE, strict=True)
            ]
        for one in done:
            one.result()
        assert state(ada, run) in possible
