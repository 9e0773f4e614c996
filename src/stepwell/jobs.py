"""The job library's application. Jobs are at-least-once, so what they do can be done twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from procrastinate import App, JobContext, PsycopgConnector

from stepwell.services import Services

POLLING_SECONDS = 0.5  # jobs are not announced by NOTIFY, which would serialise all commits
SERVICES = "services"  # where a job that takes its context finds those of its worker
Reader = Callable[[str, str, int, int], Awaitable[None]]

READERS: list[Reader] = []
"""Whoever wants to know what happened: called with organization, subject, first and last number of new
events.
"""

jobs = App(connector=PsycopgConnector())


def services_of(context: JobContext) -> Services:
    """The services of the worker that does the job, for jobs with `pass_context=True`."""
    services: Services = context.additional_context[SERVICES]
    return services


@jobs.task(name="stepwell.jobs.read_events", queue="events")
async def read_events(organization_id: str, subject_id: str, first: int, last: int) -> None:
    """Have new events of a subject read. A reader looks them up again under the tenant."""
    for reader in READERS:
        await reader(organization_id, subject_id, first, last)
