"""What holds for the project as a whole: no machine's paths, rooms that say what they are, a quick start."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stationkeeper.core.toml import parse_toml
from stationkeeper.core.validation import validate
from stationkeeper.scenario.schema import Scenario
from stationkeeper.station.schema import Station

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "stationkeeper"
# A folder of somebody's machine at the start of a path; `site.org/home/` and `a/tmp/` are none.
MACHINE_PATH = re.compile(rb"(?<![\w.~-])/(?:work|tmp|root|home|opt|Users)/")

# Prints what importing the command line loaded, and which sockets it asked for.
IMPORT_PROBE = """
import json, sys
asked = []
sys.addaudithook(lambda event, args: asked.append(event) if event.startswith("socket.") else None)
import stationkeeper
import stationkeeper.cli.main
print(json.dumps({"asked": asked, "modules": sorted(sys.modules)}))
"""


def _files() -> list[Path]:
    """Every file of the checkout that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so there is no list of the project's files")
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in _files()
        if (match := MACHINE_PATH.search(path.read_bytes()))
    ]
    assert not found, found


def test_the_lock_takes_everything_from_pypi() -> None:
    hosts = set(re.findall(r"https?://[^/\"]+", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts == {"https://pypi.org", "https://files.pythonhosted.org"}


def test_every_package_says_what_it_is() -> None:
    packages = sorted(SOURCE.rglob("__init__.py"))
    assert packages
    silent = [
        str(path.relative_to(ROOT))
        for path in packages
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent, silent


@pytest.fixture(scope="module")
def imported() -> dict[str, list[str]]:
    """What a fresh start of the command line imports, and what it asks of the network. How long it takes: ``make bench``."""
    command = [sys.executable, "-c", IMPORT_PROBE]
    found: dict[str, list[str]] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def test_importing_asks_for_no_socket(imported: dict[str, list[str]]) -> None:
    assert imported["asked"] == []


@pytest.mark.parametrize("heavy", ["satkit", "xarray", "matplotlib", "plotly", "numba", "pymsis"])
def test_importing_the_command_line_leaves_heavy_packages_alone(imported: dict[str, list[str]], heavy: str) -> None:
    assert heavy not in imported["modules"]


def _examples(schema: str) -> list[tuple[str, str]]:
    """TOML examples of the documentation that are whole files of a schema: page and text."""
    return [
        (str(page.relative_to(ROOT)), text)
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for text in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        if text.startswith(f'schema = "{schema}"')
    ]


@pytest.mark.parametrize(
    ("schema", "model"), [("stationkeeper.scenario/1", Scenario), ("stationkeeper.station/1", Station)]
)
def test_a_file_shown_in_the_documentation_is_valid(schema: str, model: type[Scenario | Station]) -> None:
    examples = _examples(schema)
    assert examples
    for page, text in examples:
        validate(model, parse_toml(text, page), page)


def test_a_page_leads_only_to_pages_that_exist() -> None:
    pages = [ROOT / "CONTRIBUTING.md", ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken, broken
