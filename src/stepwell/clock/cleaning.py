"""Finished jobs are deleted after a while: the job library keeps them for ever."""

from __future__ import annotations

from datetime import timedelta

from stepwell.services import Services

PAGE = 2000  # jobs that one statement looks at
FAILED_ARE_KEPT = timedelta(days=30)  # somebody may want to know why

# Jobs in the order in which they were made; of those that ended before a moment the row goes, with its history.
DELETE = """
    WITH page AS (
        SELECT id, status FROM procrastinate_jobs WHERE id > $1 ORDER BY id LIMIT $2
    ), ended AS (
        SELECT page.id FROM page, LATERAL (
                   SELECT max(event.at) AS at FROM procrastinate_events event WHERE event.job_id = page.id) latest
         WHERE (page.status = 'succeeded' AND latest.at < $3)
            OR (page.status IN ('failed', 'cancelled', 'aborted') AND latest.at < $4)
    ), deleted AS (
        DELETE FROM procrastinate_jobs job USING ended WHERE job.id = ended.id RETURNING job.id
    )
    SELECT (SELECT count(*) FROM deleted),
           (SELECT max(id) FROM page),
           (SELECT event.at < $3 FROM procrastinate_events event
             WHERE event.job_id = (SELECT max(id) FROM page) AND event.type = 'deferred' LIMIT 1)
"""


async def delete_finished_jobs(services: Services, *, page: int = PAGE) -> int:
    """Delete the jobs that ended longer ago than the settings keep them, a page at a time. Returns how many."""
    now = services.clock()
    limit = now - timedelta(hours=services.settings.finished_jobs_hours)
    deleted: int = 0
    last: int | None = 0
    older: bool | None = True
    while last is not None and older:  # what was made later than a young job cannot have ended before
        async with services.db.connection() as connection:
            cursor = await connection.execute(DELETE, [last, page, limit, now - FAILED_ARE_KEPT])
            rows: list[tuple[int, int | None, bool | None]] = await cursor.fetchall()
        ((gone, last, older),) = rows
        deleted += gone
    return deleted
