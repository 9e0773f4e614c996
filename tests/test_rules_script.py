import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "rules.py"

RULES = """\
id,tier,topic,one_line
T-001,A,"Templates, in general",A template has a name.
T-002,B,"Templates, in general",Names may repeat.
P-001,A,Processes,A process has a template.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "rules.csv").write_text(RULES)
    return tmp_path


def rules(project: Path, test: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (project / "tests" / "test_it.py").write_text(test)
    where = ["--rules", str(project / "rules.csv"), "--tests", str(project / "tests")]
    command = [sys.executable, str(SCRIPT), *where, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_each_topic_and_the_whole_show_their_share(project: Path) -> None:
    done = rules(project, '@pytest.mark.rule("T-001", "P-001")\ndef test_a(): ...\n')
    assert done.returncode == 0
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["1", "/", "2", "Templates,", "in", "general"],
        ["1", "/", "1", "Processes"],
        ["2", "/", "3", "all", "rules,", "66.7", "%"],
    ]


@pytest.mark.parametrize(
    "test",
    [
        '@mark.rule("T-001")\nasync def test_a(): ...\n',
        '@pytest.mark.rule("T-001")\nclass TestA: ...\n',
        'pytestmark = [pytest.mark.rule("T-001")]\n',
        'cases = [pytest.param(1, marks=pytest.mark.rule("T-001"))]\n',
    ],
)
def test_a_marker_counts_wherever_pytest_takes_one(project: Path, test: str) -> None:
    assert "1 / 3" in rules(project, test).stdout


def test_a_comment_or_a_text_is_no_marker(project: Path) -> None:
    assert "0 / 3" in rules(project, '# pytest.mark.rule("T-001")\nx = \'mark.rule("T-001")\'\n').stdout


def test_missing_lists_the_unproven_rules_of_a_topic(project: Path) -> None:
    done = rules(project, '@pytest.mark.rule("T-001")\ndef test_a(): ...\n', "--missing", "TEMPL")
    assert done.stdout == "T-002  Names may repeat.\n"


def test_a_marker_of_an_unknown_rule_fails_with_its_place(project: Path) -> None:
    done = rules(project, '\n@pytest.mark.rule("T-009")\ndef test_a(): ...\n')
    assert done.returncode == 1
    assert done.stderr == f"{Path('tests', 'test_it.py')}:2: there is no rule T-009\n"


def test_our_own_tests_name_rules_that_exist() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
