"""How fast one worker ends tasks that all fall due in the same minute, and what requests feel of it meanwhile."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import psycopg

from bench import world
from bench.load import processor_seconds
from stepwell.db.embedded import EmbeddedServer
from stepwell.db.migrate import migrate
from stepwell.organizations.setup import NewMember, add_member, create_organization, create_token

PORT = 18433
TARGET_SECONDS = 60
DUE = """
    UPDATE tasks SET deadline = now() - interval '1 minute'
     WHERE organization_id = %s AND task_type = 'expiring' AND number >= 10000000
"""
DUE_PEOPLE = """
    UPDATE task_people person SET deadline = task.deadline FROM tasks task
     WHERE task.organization_id = %s AND task.task_type = 'expiring'
       AND person.organization_id = task.organization_id AND person.task_id = task.id
"""
COUNTS = """
    UPDATE processes process
       SET max_deadline = counted.latest, open_deadlines = counted.deadlines
      FROM (SELECT process_id, max(deadline) AS latest,
                   array_agg(deadline ORDER BY deadline) FILTER (WHERE status = 'not-started') AS deadlines
              FROM tasks WHERE organization_id = %s GROUP BY process_id) counted
     WHERE process.organization_id = %s AND process.id = counted.process_id AND process.number >= 1000000
"""
LEFT = """
    SELECT count(*) FROM tasks
     WHERE organization_id = %s AND task_type IN ('expiring', 'expiring_email')
       AND status IN ('not-started', 'in-progress') AND archived_at IS NULL AND deadline IS NOT NULL
       AND deadline < now()
"""


@dataclass
class Caller:
    """Somebody who goes on working: each request's milliseconds are kept."""

    api: str
    token: str
    took: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        with httpx.Client(base_url=self.api, headers={"Authorization": f"Bearer {self.token}"}) as client:
            while not self.over.is_set():
                for path in ("/me/tasks?status=active&sort=deadline&per_page=50", "/runs?per_page=50"):
                    started = time.monotonic()
                    client.get(path, timeout=30).raise_for_status()
                    self.took.append(1000 * (time.monotonic() - started))
                time.sleep(0.05)

    def said(self) -> str:
        """The median and the slowest of what has been asked since the last time."""
        took, self.took = sorted(self.took), []
        return f"median {took[len(took) // 2]:.1f} ms, slowest {took[-1]:.1f} ms, {len(took)} requests"


def measure_sweep(tasks: int) -> float:
    """Print and return how many tasks a second one worker ends."""
    folder = Path(tempfile.mkdtemp(prefix="stepwell-sweep-"))
    folder.chmod(0o755)
    postgres = EmbeddedServer.start(folder)
    try:
        migrate(postgres.conninfo)
        with _running(postgres.conninfo, folder, "serve", "--no-worker"):
            organization_id, token = _furnished(postgres.conninfo, tasks)
            caller = Caller(_api(organization_id), token)
            working = threading.Thread(target=caller.work)
            working.start()
            try:
                return _swept(postgres.conninfo, folder, organization_id, caller)
            finally:
                caller.over.set()
                working.join()
    finally:
        postgres.release()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(postgres.home, ignore_errors=True)


def _swept(conninfo: str, folder: Path, organization_id: UUID, caller: Caller) -> float:
    time.sleep(3)
    print(f"before the sweep: {caller.said()}")
    with (
        psycopg.connect(conninfo, autocommit=True) as owner,
        _running(conninfo, folder, "worker") as worker,
    ):
        due = _left(owner, organization_id)
        while (left := _left(owner, organization_id)) == due:  # the worker starts
            _refuse_dead(worker)
            time.sleep(0.05)
        started, first, before = time.monotonic(), left, processor_seconds([worker.pid])
        while left:
            _refuse_dead(worker)
            time.sleep(0.5)
            left = _left(owner, organization_id)
        seconds = time.monotonic() - started
        busy = processor_seconds([worker.pid]) - before
    speed = first / seconds
    print(f"during the sweep: {caller.said()}")
    print(f"the worker's processor time: {busy:.1f} s, {1000 * busy / max(first, 1):.2f} ms a task")
    print(f"{first} tasks ended in {seconds:.1f} s by one worker: {speed:.0f} tasks/s"
          f" (target: 100000 in {TARGET_SECONDS} s, {100_000 / TARGET_SECONDS:.0f} tasks/s)")  # fmt: skip
    return speed


def _refuse_dead(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise RuntimeError("The process ended too early; what it said is above.")


def _left(owner: psycopg.Connection[tuple[object, ...]], organization_id: UUID) -> int:
    with owner.transaction():
        owner.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])
        row = owner.execute(LEFT, [organization_id]).fetchone()
    assert row is not None
    return int(str(row[0]))


@contextmanager
def _running(conninfo: str, folder: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Stepwell."""
    environment = {**os.environ, "STEPWELL_DATABASE_URL": conninfo, "STEPWELL_PORT": str(PORT)}
    with (folder / f"{command[0]}.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "stepwell.cli", *command], env=environment, stdout=output, stderr=output
        )
    try:
        while command[0] == "serve" and not _answers():
            _refuse_dead(process)
            time.sleep(0.05)
        yield process
    except BaseException:
        print((folder / f"{command[0]}.log").read_text())
        raise
    finally:
        process.terminate()
        process.wait(10)


def _answers() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def _api(organization_id: UUID) -> str:
    return f"http://127.0.0.1:{PORT}/api/organizations/{organization_id.hex}"


def _furnished(conninfo: str, tasks: int) -> tuple[UUID, str]:
    """An organization with as many processes of ten tasks, one of which is due; and a member's token."""
    now = datetime.now(UTC)
    with psycopg.connect(conninfo) as owner:
        organization_id = create_organization(owner, "Sweep", "UTC", now)
        member = NewMember("ada@sweep.example", "admin", "Ada", "Sweep", is_default_admin=True)
        token = create_token(owner, add_member(owner, organization_id, member, now), "bench", now)
        # Who goes on working is somebody else: nobody has a hundred thousand tasks.
        bob = add_member(
            owner, organization_id, NewMember("bob@sweep.example", "standard", "Bob", "Sweep"), now
        )
        bobs = create_token(owner, bob, "bench", now)
    with httpx.Client(
        base_url=_api(organization_id), headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as client:
        _launch_one(client)
    started = time.monotonic()
    world.grow(conninfo, [organization_id], 1, tasks - 1, 10)
    with psycopg.connect(conninfo) as owner:
        owner.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])
        owner.execute(DUE, [organization_id])
        owner.execute(DUE_PEOPLE, [organization_id])
        owner.execute(COUNTS, [organization_id, organization_id])
    with psycopg.connect(conninfo, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    print(f"filled {tasks} processes of {world.STEPS} tasks in {time.monotonic() - started:.0f} s")
    return organization_id, bobs


def _launch_one(client: httpx.Client) -> None:
    template = (
        client.post("/checklists", json={"title": "Intake", "type": "procedure"})
        .raise_for_status()
        .json()["data"]["id"]
    )
    steps = []
    for number in range(1, world.STEPS + 1):
        kind = "expiring" if number == world.STEPS else "task"
        body = {"title": f"Step {number}", "step_type": kind}
        answer = client.post(f"/checklists/{template}/steps", json=body).raise_for_status()
        steps.append(answer.json()["data"]["id"])
    rule = {
        "automated_alias": "Escalate",
        "conditions": [{"conditionable_id": steps[-1], "conditionable_type": "Step", "operation": "expired",
                        "statement": None, "logic": "and"}],
        "then_actions": [{"action_type": "visibility", "action_verb": "show", "target_step_id": steps[-2]}],
    }  # fmt: skip
    client.post(f"/checklists/{template}/automated-actions", json=rule).raise_for_status()
    client.post("/runs", json={"checklist_id": template, "name": "Bench"}).raise_for_status()
