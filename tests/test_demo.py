"""`stepwell serve --demo`: what is in it, how it is announced, and that it is made once."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT, Server, start_server

STEP_TYPES = {"task", "approval", "expiring", "email", "expiring_email"}
FIELD_TYPES = {
    "text", "textarea", "radio", "dropdown", "multiselect", "date", "email", "file", "table", "assignees_form",
}  # fmt: skip
STATUSES = ("active", "issue", "problem", "complete", "archived")


@dataclass(frozen=True)
class Demo:
    """A running demo, and what its demo.json says."""

    server: Server
    folder: Path
    json: dict[str, Any]

    def get(self, path: str, token: str | None = None) -> Any:
        """The `data` of a path of the organization."""
        headers = {"Authorization": f"Bearer {token or self.json['token']}"}
        url = f"{self.json['base_url']}/organizations/{self.json['organization_id']}{path}"
        answer = httpx.get(url, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


@contextmanager
def started(database: str, folder: Path) -> Iterator[Demo]:
    folder.mkdir(exist_ok=True)
    log = folder / "server.log"
    log.unlink(missing_ok=True)
    server = start_server(database, log, "--demo", "--no-worker", "--data-dir", str(folder))
    try:
        yield Demo(server, folder, json.loads((folder / "demo.json").read_text()))
    finally:
        server.process.terminate()
        server.process.wait(10)


@pytest.fixture(scope="module")
def demo(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with started(database, tmp_path_factory.mktemp("demo")) as running:
        yield running


def test_demo_json_says_all_and_only_to_its_owner(demo: Demo) -> None:
    path = demo.folder / "demo.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert demo.json["base_url"] == f"{demo.server.origin}/api"
    assert demo.json["web_url"].startswith(demo.server.origin)
    assert demo.json["token"] == demo.json["users"][0]["token"]
    for user in demo.json["users"]:
        assert set(user) == {"email", "password", "role", "token"}
        me = demo.get("/me", user["token"])
        assert (me["email"], me["role"]) == (user["email"], user["role"])
    assert {user["role"] for user in demo.json["users"]} == {"admin", "standard", "light"}


def test_there_are_guests_groups_and_job_titles(demo: Demo) -> None:
    assert all(guest["first_name"] for guest in demo.get("/guests"))
    assert all(group["members"] for group in demo.get("/groups"))
    assert all(title["users"] for title in demo.get("/roles"))
    assert min(len(demo.get(path)) for path in ("/guests", "/groups", "/roles")) >= 3


def test_the_templates_use_everything_there_is(demo: Demo) -> None:
    templates = demo.get("/checklists?per_page=100&with=steps,stages")
    assert len(templates) >= 6
    assert {template["type"] for template in templates} == {"procedure", "form", "document"}
    steps = [step for template in templates for step in template["steps"]["data"]]
    assert {step["step_type"] for step in steps} == STEP_TYPES
    fields = [field for template in templates for field in template["prerun"]]
    fields += [field for step in steps for field in step["captures"]]
    assert {field["field_type"] for field in fields} == FIELD_TYPES
    actions = [
        action["action_type"]
        for template in templates
        for rule in template["automated_actions"]
        for action in rule["then_actions"]
    ]
    assert {"visibility", "assignment", "deadline", "status"} <= set(actions)
    assert sum(bool(template["stages"]["data"]) for template in templates) >= 6


@pytest.mark.rule("T-171")
def test_the_templates_are_healthy(demo: Demo) -> None:
    for template in demo.get("/checklists?per_page=100"):
        found = demo.get(f"/checklists/{template['id']}/health")
        assert found["healthy"], [one["message"] for one in found["findings"]]


def test_some_forty_processes_are_in_every_status(demo: Demo) -> None:
    processes = demo.get("/runs?per_page=100") + demo.get("/runs?per_page=100&archived=only")
    found = Counter(process["status"] for process in processes)
    assert 38 <= found.total() <= 55
    assert min(found[status] for status in STATUSES) >= 2


def test_the_work_lies_around_today(demo: Demo) -> None:
    now = datetime.now(UTC)
    near = [
        datetime.fromisoformat(task["deadline"])
        for process in demo.get("/runs?per_page=100&status=active,problem")
        for task in demo.get(f"/runs/{process['id']}/tasks?without_pagination=true")
        if task["deadline"] and task["status"] in ("not-started", "in-progress")
    ]
    assert any(now - timedelta(days=20) < deadline < now for deadline in near)
    assert any(now < deadline < now + timedelta(days=20) for deadline in near)
    assert all(datetime.fromisoformat(one["created_at"]) <= now for one in demo.get("/runs?per_page=100"))


def test_it_is_announced_with_a_request_that_works(demo: Demo) -> None:
    announced = (demo.folder / "server.log").read_text()
    for told in (demo.json["base_url"], demo.json["token"], demo.json["users"][0]["password"]):
        assert told in announced
    command = announced[announced.index("curl") :].split("'\n")[0] + "'"
    words = shlex.split(command.replace("\\\n", " "))
    headers = [word.split(": ", 1) for flag, word in pairwise(words) if flag == "-H"]
    url = next(word for word in words if word.startswith("http"))
    answer = httpx.request(words[words.index("-X") + 1], url, headers=dict(headers), content=words[-1])
    assert answer.status_code == 201, answer.text
    assert demo.get(f"/runs/{answer.json()['data']['id']}")["status"] == "active"


def readme_blocks(language: str) -> list[str]:
    """The code of the readme that is written in a language, in its order."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )


def test_the_readme_leads_to_a_finished_process(demo: Demo, database: str, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(demo.folder)
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    start, *commands = readme_blocks("sh")
    assert start == "make run\n"
    script = "set -eu\n" + "".join(commands).replace("$bin doctor", "$bin member list --organization $org")
    environment = {**os.environ, "STEPWELL_DATABASE_URL": database}
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    completed, deadline, answered, again, process, member, listed = done.stdout.splitlines()
    assert [completed, answered, again, process] == ["completed", "in-progress", "completed", "complete"]
    assert datetime.fromisoformat(deadline) - datetime.now(UTC) < timedelta(days=1)
    assert listed == f"{member}  ada@harbour.example  admin  active  Ada Roy"
    [program] = readme_blocks("python")
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout == "Rosa's bicycle is complete\n"


def seconds_worked(process: int) -> float:
    """The processor time that a process has used, which other work on this machine does not prolong."""
    times = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def test_a_second_start_finds_the_same_demo_at_once(demo: Demo, database: str) -> None:
    before = {name: demo.json[name] for name in ("organization_id", "token", "users", "template_id")}
    seconds = []
    for _ in range(3):  # the fastest counts: other tests run at the same time
        with started(database, demo.folder) as again:
            seconds.append(seconds_worked(again.server.process.pid))
            assert {name: again.json[name] for name in before} == before
            assert again.json["base_url"] == f"{again.server.origin}/api"
            assert again.get("/me")["email"] == before["users"][0]["email"]
            assert (demo.folder / "server.log").read_text().count(before["token"]) == 2
    assert min(seconds) < 3


def test_a_lost_demo_json_means_another_demo(demo: Demo, database: str, tmp_path: Path) -> None:
    with started(database, tmp_path / "lost") as other:
        assert other.json["organization_id"] != demo.json["organization_id"]
        assert other.get("/me")["role"] == "admin"
        headers = {"Authorization": f"Bearer {demo.json['token']}"}
        assert httpx.get(f"{demo.json['base_url']}/me", headers=headers).status_code == 401
        mine = httpx.get(
            f"{other.json['base_url']}/me/organizations",
            headers={"Authorization": f"Bearer {other.json['token']}"},
        ).json()["data"]
        assert [one["id"] for one in mine] == [other.json["organization_id"]]
