"""Changing job titles over HTTP."""

from __future__ import annotations

from uuid import UUID

from stepwell.access.members import ADMINS, FULL_MEMBERS
from stepwell.http.answers import Answer, item, nothing
from stepwell.http.call import Call
from stepwell.http.routing import route
from stepwell.people import job_titles
from stepwell.people.job_titles import CreateJobTitle, UpdateJobTitle
from stepwell.people.schemas import JobTitleShape


@route("POST", "/o/roles", body=CreateJobTitle, answers=JobTitleShape, status=201, allow=FULL_MEMBERS)
async def create_job_title(call: Call, data: CreateJobTitle) -> Answer:
    """Create a job title; standard members do while they edit a step."""
    return item(await job_titles.create_job_title(call, data), 201)


@route("PUT PATCH", "/o/roles/{title_id}", body=UpdateJobTitle, answers=JobTitleShape, allow=ADMINS)
async def update_job_title(call: Call, title_id: UUID, data: UpdateJobTitle) -> Answer:
    """Change a job title; what is absent stays."""
    return item(await job_titles.update_job_title(call, title_id, data))


@route("DELETE", "/o/roles/{title_id}", status=204, allow=ADMINS)
async def delete_job_title(call: Call, title_id: UUID) -> Answer:
    """Delete a job title, which leaves all steps."""
    await job_titles.delete_job_title(call, title_id)
    return nothing()
