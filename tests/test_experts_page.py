"""The page that sets statements of 2022 beside what comes out cannot fall behind the code."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "what-experts-said.md"


def test_the_tables_are_those_that_the_code_gives() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_experts.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_program_runs_and_gives_the_statuses_of_its_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(programs) == 1
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(programs[0], PAGE.name, "exec"), {})  # noqa: S102 - the page's own program
    printed = re.findall(r"^  \w+ (nominal|degraded|lost)$", said.getvalue(), flags=re.MULTILINE)
    rows = re.findall(
        r"^\| [a-z ]+ \| (nominal|degraded|lost)[^|]*\| (nominal|degraded|lost)", page, flags=re.MULTILINE
    )
    # the US part is the heavier one and comes first
    assert printed == [us for us, _ in rows] + [ru for _, ru in rows]
    assert len(rows) == 7
