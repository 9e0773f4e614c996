"""All checks of a template, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stepwell.engine.health import (
    conflicts,
    deadlines,
    launches,
    loops,
    references,
    rules,
    steps,
    values,
    variables,
)
from stepwell.engine.health.findings import Examined, Finding, Severity
from stepwell.engine.health.outlook import Outlook, outlook_of

Check = Callable[[Examined, Outlook], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    steps.no_steps,
    steps.everything_hidden,
    steps.unreachable_steps,
    steps.unassigned_steps,
    references.dangling_references,
    conflicts.conflicting_rules,
    rules.rules_that_never_fire,
    rules.rules_without_effect,
    rules.empty_rules,
    rules.repeated_rules,
    loops.rule_loops,
    values.stale_values,
    values.always_true_conditions,
    deadlines.deadline_cycles,
    deadlines.orphaned_anchors,
    deadlines.later_anchors,
    deadlines.inert_start_dates,
    variables.wrong_variables,
    launches.follow_ups_that_fail,
    launches.launched_without_answers,
)
ORDER = list(Severity)


def examine(examined: Examined, outlook: Outlook | None = None) -> list[Finding]:
    """Everything that is wrong or suspicious in a template, the worst first."""
    seen = outlook or outlook_of(examined)
    found = [finding for check in CHECKS for finding in check(examined, seen)]
    return sorted(found, key=lambda finding: ORDER.index(finding.severity))


def is_healthy(findings: list[Finding]) -> bool:
    return all(finding.severity is Severity.INFO for finding in findings)
