"""The official Python SDK against a running server: one story from the first look round to the last template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from stepwell.organizations.setup import add_guest, create_group
from tests.clients.chapters import filing, oneoff, people, process, staff, talk, template
from tests.clients.story import GUEST, Story, new_sdk
from tests.conftest import Server, make_house

CHAPTERS: tuple[Callable[[Story], None], ...] = (
    people.meet_the_organization,
    people.meet_the_guests_and_groups,
    people.meet_the_members,
    template.draw_the_steps,
    template.draw_the_fields,
    template.change_the_options,
    template.write_the_rule,
    template.read_the_template,
    process.launch,
    process.reopen_the_kickoff,
    process.find_the_tasks,
    talk.comment,
    talk.report_and_resolve_an_issue,
    process.work,
    process.finish,
    oneoff.do_a_task_on_its_own,
    filing.file_it,
    filing.tag_it,
    filing.put_the_templates_away,
    staff.gather_a_group,
    staff.look_after_a_guest,
    staff.invite_people,
    staff.change_who_belongs,
)


@pytest.fixture
def story(database: str, server: Server) -> Iterator[Story]:
    with make_house(database, server.origin, "Sdk") as house:
        now = datetime.now(UTC)
        with psycopg.connect(database) as owner:
            guest = add_guest(owner, house.id, GUEST, now, first_name="Mo", company_name="Oak Ltd")
            create_group(owner, house.id, "Night shift", [house.stan.user_id, house.liv.user_id, guest], now)
        with new_sdk(house.ada) as sdk:
            yield Story(house, sdk)


def test_the_story_of_the_sdk(story: Story) -> None:
    for chapter in CHAPTERS:
        chapter(story)
