"""Which rules of the specification the tests prove: `@pytest.mark.rule("T-014", ...)` names them."""

import argparse
import ast
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Rule:
    id: str
    topic: str
    text: str


@dataclass(frozen=True)
class Marker:
    """One rule that one test claims to prove."""

    rule_id: str
    place: str


def read_rules(path: Path) -> dict[str, Rule]:
    """By id, in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["id"]: Rule(row["id"], row["topic"], row["one_line"]) for row in rows}


def read_markers(folder: Path) -> Iterator[Marker]:
    for path in sorted(folder.rglob("*.py")):
        for rule_id, line in markers_in(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            yield Marker(rule_id, f"{path.relative_to(folder.parent)}:{line}")


def markers_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Rule id and line of each string in a call of `....mark.rule(...)`: decorators, pytestmark, params."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.rule"):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, argument.lineno


def report(rules: Mapping[str, Rule], proven: set[str]) -> Iterator[str]:
    topics: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules.values():
        topics[rule.topic].append(rule)
    for topic, members in topics.items():
        yield f"{share(members, proven)}  {topic}"
    yield f"{share(rules.values(), proven)}  all rules, {100 * len(proven) / max(len(rules), 1):.1f} %"


def share(rules: Iterable[Rule], proven: set[str]) -> str:
    ids = {rule.id for rule in rules}
    return f"{len(ids & proven):4} / {len(ids):<4}"


def missing(rules: Mapping[str, Rule], proven: set[str], topic: str) -> Iterator[str]:
    """Unproven rules of the topics that contain `topic`, in any case."""
    for rule in rules.values():
        if rule.id not in proven and topic.casefold() in rule.topic.casefold():
            yield f"{rule.id}  {rule.text}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 1 when a marker names a rule that does not exist."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--missing", metavar="TOPIC", help="list unproven rules of topics that contain this")
    parser.add_argument("--rules", type=Path, default=ROOT / "tests" / "contract" / "rules.csv")
    parser.add_argument("--tests", type=Path, default=ROOT / "tests")
    options = parser.parse_args(arguments)

    rules = read_rules(options.rules)
    markers = list(read_markers(options.tests))
    proven = {marker.rule_id for marker in markers} & rules.keys()
    wanted = options.missing
    lines = report(rules, proven) if wanted is None else missing(rules, proven, wanted)
    sys.stdout.writelines(f"{line}\n" for line in lines)

    unknown = [marker for marker in markers if marker.rule_id not in rules]
    for marker in unknown:
        sys.stderr.write(f"{marker.place}: there is no rule {marker.rule_id}\n")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
