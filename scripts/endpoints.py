"""Prints which endpoints of tests/contract/endpoints.csv no test has proven yet.

A row of tests/contract/proven/*.csv (method,path,test) names the test that got a 2xx from the endpoint and
checked
every key of the object it returns. The exit status is 1 when a row names a test that does not exist, or when
an endpoint of the wanted tiers and files has no row.
"""

from __future__ import annotations

import argparse
import ast
import csv
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTRACT = ROOT / "tests" / "contract"


def proven() -> dict[tuple[str, str], str]:
    """The test by method and path."""
    rows: dict[tuple[str, str], str] = {}
    for file in sorted((CONTRACT / "proven").glob("*.csv")):
        for row in csv.DictReader(file.open(encoding="utf-8")):
            rows[row["method"], row["path"]] = row["test"]
    return rows


def exists(test: str) -> bool:
    """Whether a test like tests/api/test_x.py::test_y is there."""
    path, _, name = test.partition("::")
    file = ROOT / path
    if not file.is_file():
        return False
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, functions) and node.name == name.split("::")[-1] for node in ast.walk(tree))


def wanted(sources: list[str], tiers: str, leave_out: list[str]) -> list[tuple[str, str]]:
    """The endpoints of these specification files and tiers, without those left to other areas."""
    rows = csv.DictReader((CONTRACT / "endpoints.csv").open(encoding="utf-8"))
    return [
        (row["method"], row["path"])
        for row in rows
        if row["source_file"] in sources
        and row["tier"] in tiers
        and f"{row['method']} {row['path']}" not in leave_out
    ]


def listed(name: str) -> list[str]:
    """The endpoints of a list beside the tables, one a line, without remarks."""
    lines = (CONTRACT / name).read_text(encoding="utf-8").splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiers", default="A")
    parser.add_argument("--source", action="append")
    chosen = parser.parse_args()
    sources = chosen.source or ["api-templates.md", "api-processes-tasks.md"]
    leave_out = listed("later.txt")
    rows = proven()
    besides = [(method, path) for method, path in (line.split() for line in listed("besides.txt"))]
    promised = [*wanted(sources, chosen.tiers, leave_out), *besides]
    missing = [endpoint for endpoint in promised if endpoint not in rows]
    broken = [(endpoint, test) for endpoint, test in rows.items() if not exists(test)]
    for method, path in missing:
        print(f"no test: {method} {path}")
    for (method, path), test in broken:
        print(f"no such test: {test} for {method} {path}")
    print(f"{len(rows)} endpoints proven, {len(missing)} without a test, {len(broken)} rows broken")
    return 1 if missing or broken else 0


if __name__ == "__main__":
    sys.exit(main())
