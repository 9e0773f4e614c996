"""Many people race for the tasks of one process over two servers: the result is that of some order of their acts."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from stepwell.organizations.setup import enter
from tests.conftest import House, Server, make_house, start_server
from tests.load.consistency import assert_consistent

STEPS = 200
CONNECTIONS = 50
ACTS = 8  # of each person
SEED = 7

EVENTS = """
    SELECT number, verb, hex(object_id) AS object, object_type, field, new, at, actor_id
      FROM events WHERE subject_id = %s ORDER BY number
"""
TASKS = """
    SELECT hex(id) AS id, status, completed_at, completer_id, users FROM tasks WHERE process_id = %s ORDER BY position
"""


@dataclass(frozen=True)
class Contest:
    """One process, its tasks in order, and who races for them."""

    house: House
    origins: Sequence[str]
    process_id: str
    tasks: Sequence[str]
    field_id: str
    said: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # act, task, status of the answer
    refusals: set[str] = field(default_factory=set)


@pytest.fixture
def second_server(database: str, tmp_path: Path) -> Iterator[Server]:
    running = start_server(database, tmp_path / "second.log")
    yield running
    running.process.terminate()
    running.process.wait(10)


@pytest.fixture
def contest(database: str, server: Server, second_server: Server) -> Iterator[Contest]:
    with make_house(database, server.origin, "Race") as house:
        ada = house.ada
        template = ada.data("POST", "/checklists", 201, json={"title": "Long", "type": "procedure"})["id"]
        titles = [f"Step {number}" for number in range(STEPS)]
        ada.data("POST", f"/checklists/{template}/steps/bulk", 201, json={"steps": titles})
        question = {"label": "Why", "field_type": "text", "required": False}
        question_id = ada.data("POST", f"/checklists/{template}/preruns", 201, json=question)["id"]
        process = ada.data("POST", "/runs", 201, json={"checklist_id": template, "name": "Race"})["id"]
        listed = ada.data("GET", f"/runs/{process}/tasks?without_pagination=true")
        tasks = [task["id"] for task in sorted(listed, key=lambda task: task["position"])]
        assert len(tasks) == STEPS
        yield Contest(house, [server.origin, second_server.origin], process, tasks, question_id)


async def race(contest: Contest) -> None:
    """Everybody acts at random, all at once; the answers are counted."""

    async def person(number: int) -> None:
        chance = random.Random(SEED + number)
        caller = (contest.house.ada, contest.house.stan)[number % 2]
        base = f"{contest.origins[number // 2 % 2]}/api/organizations/{contest.house.id.hex}"
        async with httpx.AsyncClient(base_url=base, headers=caller.headers, timeout=30) as client:
            for _ in range(ACTS):
                await act(contest, client, chance, number)

    await asyncio.gather(*(person(number) for number in range(CONNECTIONS)))


async def act(contest: Contest, client: httpx.AsyncClient, chance: random.Random, number: int) -> None:
    """One thing that somebody does: half of all are about the same task."""
    process = f"/runs/{contest.process_id}"
    task = contest.tasks[0] if chance.random() < 0.5 else chance.choice(contest.tasks)
    name = f"{number} {chance.random():.6f}"
    what = chance.choices(
        ["complete", "reopen", "rename", "answer", "title", "owners", "archive", "restore"],
        [40, 20, 8, 8, 8, 8, 2, 8],
    )[0]
    method, path, body = {
        "complete": ("POST", f"{process}/completed-tasks", {"task_id": task}),
        "reopen": ("DELETE", f"{process}/completed-tasks/{task}", None),
        "rename": ("PUT", process, {"name": name}),
        "answer": ("PUT", process, {"prerun": {contest.field_id: name}}),
        "title": ("PUT", f"{process}/tasks/{task}", {"title": name}),
        "owners": ("PUT", f"{process}/tasks/{task}", {"owners": {"users": [contest.house.liv.user_id]}}),
        "archive": ("DELETE", process, None),
        "restore": ("PUT", f"{process}/activate", None),
    }[what]
    answer = await client.request(method, path, json=body)
    contest.said[what, task if what in ("complete", "reopen") else "", answer.status_code] += 1
    if answer.status_code == 422:
        contest.refusals.add(answer.json()["message"])


@dataclass
class Replayed:
    """What a task is after the events so far."""

    status: str
    completed_at: datetime | None = None
    completer_id: int | None = None


def replay(events: list[dict[str, Any]], tasks: Sequence[str]) -> dict[str, Replayed]:
    """The tasks as the log alone tells: a task is completed when it is open and reopened when it is completed."""
    after = {task: Replayed("not-started") for task in tasks}
    archived = False
    for event in events:
        task = after.get(event["object"])
        match event["verb"], task:
            case "completed", Replayed():
                assert not archived
                assert task.status != "completed", f"event {event['number']} completes what is completed"
                after[event["object"]] = Replayed("completed", event["at"], event["actor_id"])
            case "re-opened", Replayed():
                assert not archived
                assert task.status == "completed", f"event {event['number']} reopens what is open"
                after[event["object"]] = Replayed("in-progress")
            case ("archived" | "unarchived") as verb, None:
                assert archived == (verb == "unarchived")
                archived = verb == "archived"
    return after


def last_value(events: list[dict[str, Any]], name: str) -> Any:
    """What a field of the process was set to last."""
    return next((event["new"] for event in reversed(events) if event["field"] == name), None)


def test_racing_for_one_process_has_the_result_of_some_order(contest: Contest, database: str) -> None:
    asyncio.run(race(contest))
    contest.house.ada.data("PUT", f"/runs/{contest.process_id}/activate")

    statuses = {status for _, _, status in contest.said}
    assert statuses <= {200, 422}, contest.said
    with psycopg.connect(database, row_factory=dict_row) as owner:
        enter(owner, contest.house.id)
        events = owner.execute(EVENTS, [UUID(contest.process_id)]).fetchall()
        rows = owner.execute(TASKS, [UUID(contest.process_id)]).fetchall()
        process = owner.execute(
            "SELECT * FROM processes WHERE id = %s", [UUID(contest.process_id)]
        ).fetchone()
    assert process is not None
    assert_log_tells_the_answers(contest, events)
    replayed = replay(events, contest.tasks)
    for row in rows:
        told = replayed[row["id"]]
        assert (row["status"], row["completed_at"], row["completer_id"]) == (
            told.status, told.completed_at, told.completer_id,
        )  # fmt: skip
    assert [event["number"] for event in events] == list(range(1, process["last_event"] + 1))
    assert last_value(events, "name") in (process["name"], None)
    with psycopg.connect(database, autocommit=True) as owner:
        assert_consistent(owner, contest.house.id)
    assert contest.said["complete", contest.tasks[0], 200] > 1
    assert contest.said["complete", contest.tasks[0], 422] > 1


def assert_log_tells_the_answers(contest: Contest, events: list[dict[str, Any]]) -> None:
    """Each success is one event and each event one success: nobody was told too much, and nothing happened twice."""
    for act_name, verb in ("complete", "completed"), ("reopen", "re-opened"):
        told = Counter({task: count for (what, task, status), count in contest.said.items()
                        if what == act_name and status == 200})  # fmt: skip
        logged = Counter(event["object"] for event in events
                         if event["verb"] == verb and event["object"] in contest.tasks)  # fmt: skip
        assert told == logged
