"""A server asked to stop finishes what is short, gives up what is stuck, and is gone within five seconds."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from stepwell.organizations.setup import enter
from tests.conftest import Client, House, Server, make_house, start_server

GONE_SECONDS = 5.0


@pytest.fixture
def own_server(database: str, tmp_path: Path) -> Iterator[Server]:
    """A server that the test may stop; killed at the end if it has not."""
    server = start_server(database, tmp_path / "server.log")
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture
def own_house(database: str, own_server: Server) -> Iterator[House]:
    with make_house(database, own_server.origin, "Stopping") as house:
        yield house


def launched(ada: Client) -> str:
    template = ada.data("POST", "/checklists", 201, json={"title": "Intake", "type": "procedure"})
    return str(ada.data("POST", "/runs", 201, json={"checklist_id": template["id"], "name": "Before"})["id"])


@contextmanager
def locked(database: str, house: House, process_id: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else holds the process; its lock goes with the connection."""
    with psycopg.connect(database) as holder:
        enter(holder, house.id)
        assert holder.execute("SELECT FROM processes WHERE id = %s FOR UPDATE", [process_id]).rowcount == 1
        yield holder


def until_somebody_waits(holder: psycopg.Connection[Any]) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    deadline = time.monotonic() + 5
    while holder.execute(waiting).fetchone() == (0,):
        assert time.monotonic() < deadline, "no request waits for the lock"
        time.sleep(0.02)


def renaming(pool: ThreadPoolExecutor, ada: Client, process_id: str) -> Future[httpx.Response]:
    return pool.submit(ada.put, f"/runs/{process_id}", json={"name": "After"})


def test_a_stuck_request_gets_503_and_leaves_nothing_behind(
    database: str, own_server: Server, own_house: House
) -> None:
    process_id = launched(own_house.ada)
    with ThreadPoolExecutor() as pool, locked(database, own_house, process_id) as holder:
        answer = renaming(pool, own_house.ada, process_id)
        until_somebody_waits(holder)
        asked = time.monotonic()
        own_server.process.send_signal(signal.SIGTERM)
        refused = answer.result(GONE_SECONDS)
        after = time.monotonic() - asked
        own_server.process.wait(GONE_SECONDS)
        gone = time.monotonic() - asked
        holder.rollback()
        enter(holder, own_house.id)
        name = holder.execute("SELECT name FROM processes WHERE id = %s", [process_id]).fetchone()
    assert (refused.status_code, refused.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert refused.headers["retry-after"]
    assert 3.5 < after < GONE_SECONDS
    assert gone < GONE_SECONDS
    assert name == ("Before",)
    assert own_server.process.returncode == 0


def test_a_short_request_is_finished_and_a_new_one_refused(
    database: str, own_server: Server, own_house: House
) -> None:
    process_id = launched(own_house.ada)
    with ThreadPoolExecutor() as pool:
        with locked(database, own_house, process_id) as holder:
            answer = renaming(pool, own_house.ada, process_id)
            until_somebody_waits(holder)
            asked = time.monotonic()
            own_server.process.send_signal(signal.SIGTERM)
            late = until_refused(own_house.stan)
        finished = answer.result(GONE_SECONDS)
    own_server.process.wait(GONE_SECONDS)
    assert time.monotonic() - asked < 2  # it does not wait for the drain's end when nothing is left to do
    assert (finished.status_code, finished.json()["data"]["name"]) == (200, "After")
    assert late is None or late.status_code == 503


def until_refused(client: Client) -> httpx.Response | None:
    """What a stopping server says to new requests; None when it does not take the connection."""
    deadline = time.monotonic() + 2
    while True:
        try:
            answer = client.get("/runs")
        except httpx.TransportError:
            return None
        if answer.status_code != 200 or time.monotonic() > deadline:
            return answer


def test_it_stops_at_once_when_idle_even_right_after_its_start(database: str, tmp_path: Path) -> None:
    for turn in range(4):  # at the very start the job worker is still connecting
        server = start_server(database, tmp_path / f"{turn}.log")
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM if turn % 2 else signal.SIGINT)
        assert server.process.wait(GONE_SECONDS) == 0
        assert time.monotonic() - asked < 2


def test_two_servers_share_one_database(
    database: str, server: Server, own_server: Server, own_house: House
) -> None:
    assert server.origin != own_server.origin
    other = Client(
        server.origin, own_house.id, own_house.ada.user_id, own_house.ada.email, own_house.ada.token
    )
    with other:
        process_id = launched(own_house.ada)
        assert (
            other.data("PUT", f"/runs/{process_id}", json={"name": "By the other"})["name"] == "By the other"
        )
        assert own_house.ada.data("GET", f"/runs/{process_id}")["name"] == "By the other"
        numbers = [
            client.data("GET", f"/runs/{launched(client)}")["increment_id"]
            for client in (own_house.ada, other) * 15
        ]
    assert len(set(numbers)) == len(numbers)


def test_a_second_start_answers_within_three_seconds(tmp_path: Path, data_dir: Path) -> None:
    took = []
    for turn in range(3):
        begun = time.monotonic()
        server = start_server(None, tmp_path / f"{turn}.log", "--data-dir", str(data_dir))
        took.append(time.monotonic() - begun - waited_for_a_core(server.process.pid))
        server.process.terminate()
        assert server.process.wait(GONE_SECONDS) == 0
    assert min(took[1:]) < 3, took


def waited_for_a_core(pid: int) -> float:
    """Seconds that a process was ready to run while others ran: how busy the machine is says nothing about it."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
