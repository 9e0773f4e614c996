"""The log of a Dutch municipality's building permits, replayed, and what the feed tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from stepwell.cli import main
from tests.conftest import Client, Server
from tests.real_input import Event, permit_events

Captured = pytest.CaptureFixture[str]


def typed(capsys: Captured, *arguments: str) -> str:
    """What the command line answers."""
    assert main(arguments) == 0, capsys.readouterr().err
    return capsys.readouterr().out.strip()


def hire(capsys: Captured, origin: str, people: list[str]) -> dict[str, Client]:
    """An organization with these people, made by the command line; the first one is its administrator."""
    organization = typed(capsys, "organization", "add", "Permits", "--timezone", "Europe/Amsterdam")
    clients = {}
    for person in people:
        email = f"{person.lower()}.{organization[-12:]}@permits.example"
        who = ("--organization", organization, "--email", email)
        role = "admin" if person == people[0] else "standard"
        names = ("--role", role, "--first-name", person, "--last-name", "Permits")
        user_id = int(typed(capsys, "member", "add", *who, *names))
        token = typed(capsys, "token", "create", *who, "--name", "replay")
        clients[person] = Client(origin, UUID(organization), user_id, email, token)
    return clients


class Replay:
    """The processes of the cases so far."""

    def __init__(self, template: str, clients: dict[str, Client]) -> None:
        self.template = template
        self.clients = clients
        self.processes: dict[str, str] = {}
        self.tasks: dict[tuple[str, str], str] = {}
        self.done: set[tuple[str, str]] = set()

    def play(self, event: Event) -> None:
        """The person completes the task of that name; a case is launched by whom it meets first."""
        client = self.clients[event.person]
        if event.case not in self.processes:
            self._launch(client, event.case)
        process = self.processes[event.case]
        key = (event.case, event.activity)
        if key in self.done:
            client.data("DELETE", f"/runs/{process}/completed-tasks/{self.tasks[key]}")
        client.data("POST", f"/runs/{process}/completed-tasks", json={"task_id": self.tasks[key]})
        self.done.add(key)

    def _launch(self, client: Client, case: str) -> None:
        process = client.data("POST", "/runs", 201, json={"checklist_id": self.template, "name": case})["id"]
        self.processes[case] = process
        for task in client.data("GET", f"/runs/{process}/tasks?without_pagination=true"):
            self.tasks[case, task["title"]] = task["id"]


def completions(admin: Client, query: str) -> Iterator[tuple[str, str, str]]:
    """Process, what was completed and by whom, as the activity feed tells it, oldest first."""
    page = 1
    while True:
        path = f"/activity-feeds?verb=completed&type=Task&sort=created_at&per_page=100&page={page}&{query}"
        answer = admin.get(path).json()
        for row in answer["data"]:
            yield row["parentable_id"], row["auditable_id"], row["actor"][0]["email"]
        if not answer["meta"]["pagination"]["has_more_pages"]:
            return
        page += 1


def test_the_feed_tells_the_completions_of_the_log_in_their_order(
    database: str, server: Server, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPWELL_DATABASE_URL", database)
    activities, events = permit_events()
    assert (len(activities), len(events)) == (27, 1094)
    clients = hire(capsys, server.origin, list(dict.fromkeys(event.person for event in events)))
    admin = next(iter(clients.values()))
    template = admin.data("POST", "/checklists", 201, json={"title": "Permit", "type": "procedure"})["id"]
    for activity in activities:
        admin.data("POST", f"/checklists/{template}/steps", 201, json={"title": activity})
    replay = Replay(template, clients)
    for event in events:
        replay.play(event)
    assert len(replay.processes) == 200
    expected = [
        (replay.processes[event.case], replay.tasks[event.case, event.activity], clients[event.person].email)
        for event in events
    ]
    assert list(completions(admin, "")) == expected
    for process in list(replay.processes.values())[::20]:
        told = list(completions(admin, f"entity_type=run&entity_id={process}"))
        assert told == [one for one in expected if one[0] == process]
    for client in clients.values():
        client.close()
