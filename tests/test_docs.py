"""Docs that could rot: the generated reference, and the links between pages."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from stationkeeper.cli.main import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def test_the_reference_pages_are_those_that_the_code_gives() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_reference.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def commands(text: str) -> list[list[str]]:
    """The stationkeeper commands of a page's code blocks, continuation lines joined, comments taken off."""
    joined = re.sub(r"\\\n\s*", "", text)
    blocks = re.findall(r"^```\w*\n(.*?)^```|^((?: {4,}[^\n]*\n)+)", joined, flags=re.MULTILINE | re.DOTALL)
    lines = re.findall(
        r"^\s*(?:\.venv/bin/)?(stationkeeper .*)$", "".join(a + b for a, b in blocks), flags=re.MULTILINE
    )
    return [shlex.split(line, comments=True)[1:] for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_commands_on_a_page_exist_with_their_options(page: Path) -> None:
    for words in commands(page.read_text(encoding="utf-8")):
        command = get_command(app)
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands"), f"{page.name}: no command in {words}"
        known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
        for word in words:
            assert not word.startswith("--") or word.split("=")[0] in known, f"{page.name}: {command.name} {word}"


def test_commands_are_found_on_pages() -> None:
    assert len([c for p in PAGES for c in commands(p.read_text(encoding="utf-8"))]) > 40
