"""Every endpoint that is promised now has a test that got its answer and checked every key of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_no_promised_endpoint_is_without_a_test() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "endpoints.py")]
    answer = subprocess.run(script, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
