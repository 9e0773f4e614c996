"""Servers and PostgreSQL are killed in the middle of their work: nothing answered is lost, nothing half done."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from os import kill
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from stepwell.organizations.setup import create_group, enter
from tests.conftest import Client, House, Server, answers, free_port, make_house, start_server
from tests.load.consistency import assert_consistent

STRIKES = ["server"] * 5 + ["database"] * 10 + ["both"] * 5
STEPS = 6
AT_WORK = 6  # people
SEED = 20_260_101
RECOVERED_SECONDS = 20

TASKS_DONE = """
    SELECT hex(task.id) FROM tasks task
     WHERE task.status = 'completed' AND task.completed_at IS NOT NULL
       AND 1 = (SELECT count(*) FROM events event WHERE event.organization_id = task.organization_id
                   AND event.object_id = task.id AND event.verb = 'completed')
"""
PROCESSES_THERE = """
    SELECT hex(process.id) FROM processes process
     WHERE EXISTS (SELECT FROM events event WHERE event.organization_id = process.organization_id
                      AND event.subject_id = process.id AND event.number = 1)
"""


@dataclass
class Storm:
    """People who launch processes and complete tasks without a pause, and what they were told."""

    house: House
    origins: list[str]
    template_id: str
    calm: threading.Event = field(default_factory=threading.Event)  # set: nobody begins anything
    over: threading.Event = field(default_factory=threading.Event)
    launched: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    cut_off: int = 0

    def work(self, number: int) -> None:
        """What one person does until the storm is over."""
        chance = random.Random(SEED + number)
        ada = self.house.ada
        origin = self.origins[number % len(self.origins)]
        waiting: list[tuple[str, str]] = []
        with Client(origin, self.house.id, ada.user_id, ada.email, ada.token) as person:
            while not self.over.is_set():
                if self.calm.is_set():
                    time.sleep(0.01)
                    continue
                try:
                    if len(waiting) < STEPS or chance.random() < 0.15:
                        waiting += self._launch(person)
                    else:
                        self._complete(person, *waiting.pop(chance.randrange(len(waiting))))
                except httpx.TransportError:
                    self.cut_off += 1  # it may or may not have been done: nobody was told
                    time.sleep(0.05)

    def _launch(self, person: Client) -> list[tuple[str, str]]:
        answer = person.post("/runs?with=tasks", json={"checklist_id": self.template_id, "name": "Intake"})
        if not self._succeeded(answer, 201):
            return []
        process = answer.json()["data"]
        self.launched.append(process["id"])
        return [(process["id"], task["id"]) for task in process["tasks"]["data"]]

    def _complete(self, person: Client, process_id: str, task_id: str) -> None:
        answer = person.post(f"/runs/{process_id}/completed-tasks", json={"task_id": task_id})
        if self._succeeded(answer, 200):
            self.completed.append(task_id)

    def _succeeded(self, answer: httpx.Response, status: int) -> bool:
        if answer.status_code not in (status, 503):
            self.surprises.append(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}")
        return answer.status_code == status


@dataclass
class Installation:
    """Two servers on one data folder, with the database that they start themselves."""

    data_dir: Path
    logs: Path
    ports: list[int] = field(default_factory=lambda: [free_port(), free_port()])
    servers: dict[int, Server] = field(default_factory=dict)

    @property
    def conninfo(self) -> str:
        return make_conninfo(host=str(self.data_dir / "postgres.socket"), user="stepwell", dbname="stepwell")

    def start(self, port: int) -> None:
        log = self.logs / f"{port}.log"
        self.servers[port] = start_server(None, log, "--data-dir", str(self.data_dir), port=port)

    def kill_server(self, port: int) -> None:
        process = self.servers.pop(port).process
        process.kill()
        process.wait()

    def kill_postgres(self, what: str) -> None:
        """End the database's first process, one that serves a connection, or all of them."""
        first = int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        children = [int(child) for child in Path(f"/proc/{first}/task/{first}/children").read_text().split()]
        victims = {"first": [first], "one": children[-1:], "all": [first, *children]}[what]
        for victim in victims:
            with suppress(ProcessLookupError):  # it has ended already
                kill(victim, signal.SIGKILL)
        ending = victims if what == "one" else children  # who serves a connection goes on for a moment
        deadline = time.monotonic() + RECOVERED_SECONDS
        while any(Path(f"/proc/{child}").exists() for child in ending):
            assert time.monotonic() < deadline, "PostgreSQL does not end"
            time.sleep(0.005)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection as the owner, as soon as the database takes any."""
        deadline = time.monotonic() + RECOVERED_SECONDS
        while True:
            try:
                return psycopg.connect(self.conninfo, autocommit=True)
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def recover(self) -> None:
        """Start the servers that were killed; the others must get well by themselves."""
        missing = [port for port in self.ports if port not in self.servers]
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.start, missing))
        deadline = time.monotonic() + RECOVERED_SECONDS
        for port in self.ports:
            while not answers(port, "/ready"):
                assert time.monotonic() < deadline, (self.logs / f"{port}.log").read_text()[-3000:]
                time.sleep(0.02)


@pytest.fixture
def installation(data_dir: Path, tmp_path: Path) -> Iterator[Installation]:
    made = Installation(data_dir, tmp_path)
    made.start(made.ports[0])
    made.start(made.ports[1])
    yield made
    for server in made.servers.values():
        server.process.terminate()
    for server in made.servers.values():
        server.process.wait(10)


def draw_template(house: House, group_id: str) -> str:
    """A template whose tasks go to a person, to a group, to a guest and to whoever starts the process."""
    ada = house.ada
    template = ada.data("POST", "/checklists", 201, json={"title": "Intake", "type": "procedure"})
    people: list[dict[str, Any]] = [
        {"assignees": [house.stan.user_id]},
        {"groups": [group_id]},
        {"guests": ["gus@example.com"], "assignees": [house.liv.user_id]},
    ]
    for number in range(STEPS):
        step = {"title": f"Step {number}", **(people[number] if number < len(people) else {})}
        ada.data("POST", f"/checklists/{template['id']}/steps", 201, json=step)
    return str(template["id"])


def assert_nothing_lost(installation: Installation, storm: Storm) -> None:
    """Whatever was answered with success is there, with its event and its job, and nothing is half done."""
    launched, completed = set(storm.launched), set(storm.completed)  # before the database is asked
    with installation.connect() as owner:
        with owner.transaction():
            enter(owner, storm.house.id)
            there = {one for (one,) in owner.execute(PROCESSES_THERE)}
            done = {one for (one,) in owner.execute(TASKS_DONE)}
        assert launched - there == set()
        assert completed - done == set()
        assert_consistent(owner, storm.house.id)


def strike(installation: Installation, chance: random.Random, what: str) -> None:
    """Kill something: a server or both, something of the database, or servers and the database at once."""
    if what != "database":
        for port in chance.sample(installation.ports, chance.choice([1, 1, 2])):
            installation.kill_server(port)
    if what != "server":
        installation.kill_postgres(chance.choice(["first", "one", "all"]))


def test_nothing_that_was_answered_is_lost_or_half_done(installation: Installation) -> None:
    chance = random.Random(SEED)
    strikes = chance.sample(STRIKES, len(STRIKES))
    origins = [installation.servers[port].origin for port in installation.ports]
    with make_house(installation.conninfo, origins[0], "Crash") as house:
        with psycopg.connect(installation.conninfo) as owner:
            people = [house.stan.user_id, house.liv.user_id]
            group_id = create_group(owner, house.id, "Desk", people, datetime.now(UTC))
        storm = Storm(house, origins, draw_template(house, group_id.hex))
        with ThreadPoolExecutor(AT_WORK) as pool:
            working = [pool.submit(storm.work, number) for number in range(AT_WORK)]
            try:
                for what in strikes:
                    time.sleep(chance.uniform(0.05, 0.7))
                    strike(installation, chance, what)
                    storm.calm.set()
                    installation.recover()
                    assert_nothing_lost(installation, storm)
                    storm.calm.clear()
            finally:
                storm.over.set()
            for person in working:
                person.result()
    assert storm.surprises == []
    assert len(storm.launched) > len(STRIKES)
    assert len(storm.completed) > len(STRIKES)
    assert storm.cut_off > len(STRIKES) / 2
