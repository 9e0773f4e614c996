"""A job is done at least once, also when the worker that had begun it was killed."""

from __future__ import annotations

import json
import time

import psycopg

from stepwell.db.ids import new_id
from tests.conftest import House, Server

ABANDONED = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, status)
    VALUES ('events', 'stepwell.jobs.read_events', %s, %s, 'doing') RETURNING id
"""  # its worker is in no list of workers that live


def test_a_job_whose_worker_is_gone_is_done_by_another(database: str, server: Server, house: House) -> None:
    subject = new_id().hex
    job = {"organization_id": house.id.hex, "subject_id": subject, "first": 1, "last": 1}
    with psycopg.connect(database, autocommit=True) as owner:
        row = owner.execute(ABANDONED, [subject, json.dumps(job)]).fetchone()
        assert row is not None
        deadline = time.monotonic() + 15
        while (status := status_of(owner, row[0])) != "succeeded":
            assert time.monotonic() < deadline, f"the job is still {status}"
            time.sleep(0.1)


def status_of(owner: psycopg.Connection[tuple[object, ...]], job: int) -> str:
    row = owner.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job]).fetchone()
    assert row is not None
    return str(row[0])
