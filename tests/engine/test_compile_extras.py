"""Milestones and custom fields of a definition."""

from __future__ import annotations

from stepwell.engine.compile import compile_version
from stepwell.engine.model import Stage

from .builders import hexed, identity, step


def test_milestones_stand_in_their_order() -> None:
    stages = [
        {"id": hexed("b"), "name": "B", "position": 2},
        {"id": hexed("a"), "name": "A", "position": 1},
        {"name": "without an id", "position": 3},
    ]
    assert compile_version({"stages": stages}).stages == (
        Stage(identity("a"), "A", 1),
        Stage(identity("b"), "B", 2),
    )


def test_a_step_keeps_its_custom_fields() -> None:
    definition = {"steps": [step("a", custom_fields={"cost_center": "CC-9"}), step("b", custom_fields=None)]}
    first, second = compile_version(definition).steps
    assert first.custom_fields == {"cost_center": "CC-9"}
    assert second.custom_fields == {}
