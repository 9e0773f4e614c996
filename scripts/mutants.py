"""Changes the engine in small ways, one at a time, and shows which changes no test of it notices.

All of it happens in a copy of the tree: the checkout is only read. mutmut makes the mutants and runs the tests.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from itertools import zip_longest
from pathlib import Path
from random import Random

from mutmut.__main__ import create_mutants
from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, walk_mutatable_files

ROOT = Path(__file__).resolve().parents[1]
ENGINE = Path("src/stepwell/engine")
NEEDED = ("src", "tests", "pyproject.toml")
NOTICED = ("killed", "timeout", "segfault", "suspicious")
BY_TYPES, BY_TYPES_CODE = "caught by type check", 37  # mutmut's words for what the type checker notices
DOUBTFUL = ("has-type", "var-annotated")  # complaints that come of how mutmut writes mutants
Mutants = Mapping[str, list[str]]  # module -> the names of its mutants


def copy_tree(folder: Path) -> None:
    """What the tests need of the checkout; what a folder of an earlier run holds besides is kept."""
    leave = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(ROOT / name, folder / name, ignore=leave)
        else:
            shutil.copy2(ROOT / name, folder / name)


def generate(processes: int) -> Mutants:
    """All mutants of the engine, by module, in the order of the source; they are written to ./mutants."""
    Path("mutants/mutmut-stats.json").unlink(missing_ok=True)  # which test runs what may have changed
    Path("mutants").mkdir(exist_ok=True)
    with redirect_stdout(None):
        copy_src_dir()
        copy_also_copy_files()
        create_mutants(processes)
    return {module_of(path): list(outcomes(path)) for path in sorted(walk_mutatable_files())}


def module_of(path: Path) -> str:
    """As the engine calls it: rules, health.deadlines."""
    return ".".join(path.relative_to(ENGINE).with_suffix("").parts)


def note_types(tools: Path) -> set[str]:
    """The mutants that make the type checker complain; it is kept that they were noticed."""
    found: set[str] = set()
    command = [str(tools / "mypy"), "--output=json", "--no-warn-unused-ignores"]
    checked = subprocess.run(
        [*command, *map(str, walk_mutatable_files())], cwd="mutants", capture_output=True, encoding="utf-8"
    )
    errors = [json.loads(line) for line in checked.stdout.splitlines() if line.startswith("{")]
    errors = [one for one in errors if one["severity"] == "error" and one["code"] not in DOUBTFUL]
    for path in walk_mutatable_files():
        lines = {one["line"] for one in errors if one["file"] == str(path)}
        index = MutantLineSpans.load(path)
        spans = index.span_by_function_name if index is not None else {}
        data = SourceFileMutationData(path=path)
        data.load()
        for name in data.exit_code_by_key:
            span = spans[name.rpartition(".")[2]]
            if not lines.isdisjoint(range(span.start, span.end + 1)):
                data.exit_code_by_key[name] = BY_TYPES_CODE
                found.add(name)
        data.save()
    return found


def outcomes(path: Path) -> dict[str, int | None]:
    """The exit code of the tests by mutant, None for those that were not tried."""
    data = SourceFileMutationData(path=path)
    data.load()
    return data.exit_code_by_key


def drawn(mutants: Mutants, modules: Sequence[str], many: int, seed: int) -> list[str]:
    """`many` mutants (0: all), taken from the modules in turn until each has given all it has."""
    chance = Random(seed)
    shuffled = []
    for module, names in mutants.items():
        if not modules or module in modules:
            shuffled.append(chance.sample(names, len(names)))
    taken = [name for turn in zip_longest(*shuffled) for name in turn if name is not None]
    return taken[:many] if many else taken


def report(chosen: set[str]) -> Iterator[str]:
    """A line for each module that was tried, then the sum, then every mutant that survived."""
    rows: list[tuple[str, list[int]]] = []
    survivors: list[tuple[Path, str]] = []
    for path in sorted(walk_mutatable_files()):
        statuses = {name: status_by_exit_code[code] for name, code in outcomes(path).items()}
        tried = {name: status for name, status in statuses.items() if name in chosen}
        left = [name for name, status in tried.items() if status in ("survived", "no tests")]
        noticed = sum(status in NOTICED for status in tried.values())
        typed = sum(status == BY_TYPES for status in statuses.values())
        if tried:
            rows.append((module_of(path), [len(statuses), typed, noticed + len(left), noticed, len(left)]))
        survivors += [(path, name) for name in left]
    yield row("module", "mutants", "by types", "tried", "by tests", "survived", "share")
    for module, numbers in [
        *rows,
        ("all", [sum(column) for column in zip(*(one for _, one in rows), strict=True)]),
    ]:
        yield row(module, *map(str, numbers), f"{100 * numbers[-1] / max(numbers[2], 1):.1f} %")
    for path, name in survivors:
        yield f"\n{name}"
        yield get_diff_for_mutant(name, path=path)


def row(module: str, *cells: str) -> str:
    return f"{module:<20}" + "".join(f"{cell:>10}" for cell in cells)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sample", type=int, default=0, help="how many mutants, evenly from all modules; 0: all"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed draws another sample")
    parser.add_argument("--modules", nargs="*", default=[], help="only these, for example: rules actions")
    parser.add_argument("--names", nargs="*", default=[], help="only these mutants, as the report names them")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="work here and keep it; else in a folder that is removed")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stepwell-mutants-") as temporary:
        folder = (chosen.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        copy_tree(folder)
        os.chdir(folder)
        tools = Path(sys.executable).parent
        mutants = generate(chosen.processes)
        typed = note_types(tools)
        left = {module: [name for name in names if name not in typed] for module, names in mutants.items()}
        names = chosen.names or drawn(left, chosen.modules, chosen.sample, chosen.seed)
        command = [str(tools / "mutmut"), "run", "--max-children", str(chosen.processes)]
        with Path("progress.log").open("w") as log:
            ended = subprocess.run([*command, *names], stdout=log, stderr=log)
        if ended.returncode != 0:
            print(Path("progress.log").read_text()[-3000:], file=sys.stderr)
        print("\n".join(report(set(names))))
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
