"""Doing what no endpoint does yet with the services of a process on the tests' database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from stepwell.access.members import ADMIN, Member
from stepwell.db.pool import Tenant
from stepwell.server import running_services
from stepwell.services import Services
from stepwell.settings import Settings
from tests.conftest import Client

Result = TypeVar("Result")


def with_services(database: str, work: Callable[[Services], Awaitable[Result]]) -> Result:
    async def done() -> Result:
        async with running_services(Settings(database_url=database), database) as services:
            return await work(services)

    return asyncio.run(done())


def in_transaction(
    database: str, client: Client, work: Callable[[Tenant, Services], Awaitable[Result]]
) -> Result:
    """Do it in one transaction of the client's organization."""

    async def done(services: Services) -> Result:
        async with services.db.transaction(Member(UUID(client.organization_id), 0, ADMIN)) as tenant:
            return await work(tenant, services)

    return with_services(database, done)
