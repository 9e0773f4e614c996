"""Every public operation of the SDK is called by the story, or listed with the area that brings it."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

import pytest
from tallyfy import TallyfySDK

HERE = Path(__file__).parent
NO_OPERATIONS = {"close"}
AREAS = {"search", "files", "template cloning"}


def operations() -> set[str]:
    """What a user of the SDK can call: its own methods, and those that only its managers have."""
    with TallyfySDK(api_key="none") as sdk:
        own = {name for name in dir(TallyfySDK) if callable(getattr(sdk, name)) and not name.startswith("_")}
        managers = {
            name: one for name, one in vars(sdk).items() if type(one).__module__.startswith("tallyfy.")
        }
        theirs = {
            f"{manager}.{name}"
            for manager, one in managers.items()
            for name in dir(one)
            if callable(getattr(one, name)) and not name.startswith("_") and name not in own
        }
    return own - NO_OPERATIONS | theirs


def listed() -> dict[str, tuple[str, str]]:
    """Operation: the chapter that covers it, and the later area."""
    with (HERE / "operations.csv").open(encoding="utf-8") as file:
        return {row["operation"]: (row["covered_by"], row["later"]) for row in csv.DictReader(file)}


def calls() -> dict[str, set[str]]:
    """What each chapter calls on the SDK, by the operation's last name."""
    found: dict[str, set[str]] = {}
    for path in sorted((HERE / "chapters").glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                found[f"chapters/{path.name}::{function.name}"] = {
                    call.func.attr
                    for call in ast.walk(function)
                    if isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute)
                    and _on_sdk(call.func)
                }
    return found


def _on_sdk(attribute: ast.expr) -> bool:
    while isinstance(attribute, ast.Attribute):
        attribute = attribute.value
        if isinstance(attribute, ast.Attribute) and attribute.attr == "sdk":
            return True
    return isinstance(attribute, ast.Name) and attribute.id == "sdk"


def test_the_list_has_every_operation_and_no_other() -> None:
    assert operations() == set(listed())


@pytest.mark.parametrize("operation", sorted(listed()))
def test_an_operation_is_covered_or_has_its_area(operation: str) -> None:
    covered_by, later = listed()[operation]
    name = operation.rsplit(".", 1)[-1]
    callers = {chapter for chapter, names in calls().items() if name in names}
    if covered_by:
        assert not later
        assert covered_by in callers
    else:
        assert not callers, f"{operation} is called by {callers}: say so in operations.csv"
        assert later in AREAS
