"""What the size of a template costs: launching and completing in a small one and in a large one, turn by turn."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from bench.load import Result, run_wrk
from bench.world import Caller, launch_body

SMALL, LARGE = (10, 5), (200, 500)  # steps and rules
SHOWN = 10  # a tenth of the steps is what rules show; completing any other step lets its rules be evaluated
ROUNDS = 3
COMPLETING_LIMIT, LAUNCHING_LIMIT = 1.5, 6.0


@dataclass(frozen=True)
class Sized:
    """A template of some size, and where the requests go."""

    steps: int
    rules: int
    template: str
    root: str
    token: str

    def launch_line(self) -> str:
        return f"POST\t{self.root}/runs\t{self.token}\t{launch_body(self.template, [])}"


@dataclass(frozen=True)
class Cost:
    """One kind of request in both sizes: milliseconds of eight connections, the median of the rounds."""

    title: str
    small: float
    large: float
    limit: float

    @property
    def times(self) -> float:
        return self.large / self.small


def compare_sizes(folder: Path, ports: list[int], caller: Caller, seconds: int) -> list[Cost]:
    """Launch and complete in templates of both sizes. `caller` is an administrator."""
    origin = f"http://127.0.0.1:{ports[0]}"
    small, large = (_drawn(origin, caller, *size) for size in (SMALL, LARGE))
    launching: dict[Sized, list[float]] = {small: [], large: []}
    completing: dict[Sized, list[float]] = {small: [], large: []}
    for turn in range(ROUNDS):
        for sized in (small, large):
            launching[sized].append(_launch(folder, ports, sized, seconds))
        for sized in (small, large):
            requests = _completions(folder, origin, sized, turn)
            completing[sized].append(_cost(run_wrk(requests, ports, seconds)))
    return [
        Cost("completing", median(completing[small]), median(completing[large]), COMPLETING_LIMIT),
        Cost("launching", median(launching[small]), median(launching[large]), LAUNCHING_LIMIT),
    ]


def _cost(result: Result) -> float:
    if result.failed or not result.requests:
        raise RuntimeError(f"{result.failed} of {result.requests} requests failed")
    return 1000 / result.per_second


def _launch(folder: Path, ports: list[int], sized: Sized, seconds: int) -> float:
    file = folder / f"launch-{sized.steps}.txt"
    file.write_text(f"{sized.launch_line()}\n")
    run_wrk(file, ports, 1)
    return _cost(run_wrk(file, ports, seconds))


def _drawn(origin: str, caller: Caller, steps: int, rules: int) -> Sized:
    """A template of so many steps, the last tenth of which is shown by rules that watch the others."""
    root = f"/api/organizations/{caller.organization_id.hex}"
    headers = {"Authorization": f"Bearer {caller.token}"}
    with httpx.Client(base_url=f"{origin}{root}", headers=headers, timeout=120) as client:
        body = {"title": f"{steps} steps", "type": "procedure"}
        template = client.post("/checklists", json=body).raise_for_status().json()["data"]["id"]
        ids = [
            client.post(f"/checklists/{template}/steps", json={"title": f"Step {step}"})
            .raise_for_status()
            .json()["data"]["id"]
            for step in range(steps)
        ]
        watched, shown = ids[: -steps // SHOWN], ids[-steps // SHOWN :]
        for rule in range(rules):
            client.post(
                f"/checklists/{template}/automated-actions",
                json=_rule(rule, watched[rule % len(watched)], shown[rule % len(shown)]),
            ).raise_for_status()
    return Sized(steps, rules, template, root, caller.token)


def _rule(number: int, watched: str, shown: str) -> dict[str, object]:
    return {
        "automated_alias": f"Rule {number}",
        "conditions": [
            {"conditionable_id": watched, "conditionable_type": "Step", "operation": "completed",
             "statement": "any_time", "logic": "and", "position": 1}
        ],
        "then_actions": [
            {"action_type": "visibility", "action_verb": "show", "target_step_id": shown, "position": 1}
        ],
    }  # fmt: skip


def _completions(folder: Path, origin: str, sized: Sized, turn: int) -> Path:
    """Requests that complete the visible tasks of new processes, mixed, so that few meet in one process."""
    headers = {"Authorization": f"Bearer {sized.token}"}
    lines = []
    with httpx.Client(base_url=f"{origin}{sized.root}", headers=headers, timeout=120) as client:
        for _ in range(4000 // sized.steps):
            body = launch_body(sized.template, [])
            run = client.post(
                "/runs", content=body, headers={"Content-Type": "application/json"}
            ).raise_for_status()
            process = run.json()["data"]["id"]
            tasks: list[str] = []
            page = 1
            while True:
                found = client.get(f"/runs/{process}/tasks", params={"per_page": 100, "page": page}).json()
                tasks += [task["id"] for task in found["data"] if task["status"] == "not-started"]
                if page >= found["meta"]["pagination"]["total_pages"]:
                    break
                page += 1
            path = f"{sized.root}/runs/{process}/completed-tasks"
            lines += [f'POST\t{path}\t{sized.token}\t{{"task_id":"{task}"}}' for task in tasks]
    random.Random(turn).shuffle(lines)
    file = folder / f"complete-{sized.steps}.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


def print_sizes(costs: list[Cost]) -> None:
    """What a request costs in the large template, as a multiple of the small one."""
    small, large = (f"{steps} steps, {rules} rules" for steps, rules in (SMALL, LARGE))
    print(f"{'ms a request':16} {small:>20} {large:>22} {'times':>6} {'limit':>6}")
    for cost in costs:
        print(f"{cost.title:16} {cost.small:20.2f} {cost.large:22.2f} {cost.times:6.2f} {cost.limit:6.2f}")
