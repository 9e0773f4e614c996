"""The job library's tables, and leave for the server to use them. A job's payload names its tenant."""

from typing import Any

from procrastinate.schema import SchemaManager
from yoyo import step


def create(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SchemaManager.get_schema())
        # NOTIFY takes a lock of the whole database at commit, so that all commands would queue for it.
        # Workers look for jobs several times a second instead.
        cursor.execute(
            "ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1"
        )
        for table in ("jobs", "events", "workers", "periodic_defers"):
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_{table} TO stepwell_app")
        cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO stepwell_app")


steps = [step(create)]
