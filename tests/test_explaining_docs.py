"""What docs/explaining.md lists is what there is."""

from __future__ import annotations

import re
from typing import get_args

from stepwell.explaining.schemas import FindingShape, ReasonShape
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "explaining.md").read_text("utf-8")
CHECKS = ROOT / "src" / "stepwell" / "engine" / "health"
CODE = re.compile(
    r'Severity\.\w+,\s*"(\w+)"|code = "(\w+)"|return "(\w+)", f?"|else "(no_completable_path)"|"(\w+)" if '
)


def codes_in_checks() -> set[str]:
    text = "\n".join(path.read_text("utf-8") for path in CHECKS.glob("*.py"))
    return {code for found in CODE.findall(text) for code in found if "_" in code}


def test_every_kind_of_finding_is_explained() -> None:
    table = re.findall(r"^\| (`.*?`) \|", PAGE, re.MULTILINE)
    documented = {code for row in table for code in re.findall(r"`(\w+)`", row)}
    assert codes_in_checks() <= documented
    source = "\n".join(path.read_text("utf-8") for path in CHECKS.glob("*.py"))
    assert all(f'"{code}"' in source for code in documented)


def test_every_severity_and_kind_of_reason_is_named() -> None:
    severities = get_args(FindingShape.model_fields["severity"].annotation)
    kinds = get_args(ReasonShape.model_fields["kind"].annotation)
    assert all(f"| {one}" in PAGE or f", {one} |" in PAGE for one in severities)
    assert all(f"`{one}`" in PAGE for one in kinds)
