"""The demonstration, flown once: its folder, what is read back from it, and what the README says of it."""

import importlib.util
import json
from pathlib import Path

import pytest

from stationkeeper.cli.main import call
from stationkeeper.formats.oem import read_oem
from stationkeeper.mission.folder import read_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of iss-2022-detach."""
    out = tmp_path_factory.mktemp("runs") / "detach"
    assert call(["run", "iss-2022-detach", "--out", str(out)]) == 0
    return out


def test_the_folder_is_complete_and_sealed(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    names = {p.name for p in folder.iterdir()}
    stacks = ("station", "usos", "ros")
    assert {"answers.json", "events.json", "flight.json", "result.nc", "report.html"} <= names
    assert {f"trajectory-{s}.{e}" for s in stacks for e in ("oem", "czml")} <= names
    assert set(manifest["files"]) >= {n for n in names if n not in ("manifest.json", "inputs")}
    assert manifest["status"] == "complete"


def test_no_number_in_it_is_not_a_number(folder: Path) -> None:
    for path in folder.glob("*.json"):
        text = path.read_text()
        assert "NaN" not in text
        assert "Infinity" not in text


def test_what_is_read_back_gives_the_same_answers(folder: Path) -> None:
    stored = json.loads((folder / "answers.json").read_text())["answers"]
    result = read_run(folder)
    assert [a.headline for a in result.answers] == [a["headline"] for a in stored]
    assert [list(a.chain) for a in result.answers] == [a["chain"] for a in stored]


def test_the_two_sides_start_where_the_whole_was(folder: Path) -> None:
    whole, *sides = (read_oem(folder / f"trajectory-{s}.oem") for s in ("station", "usos", "ros"))
    end = whole.state(len(whole.epochs) - 1)
    for side in sides:
        start = side.state(0)
        apart_m = sum((a - b) ** 2 for a, b in zip(start.position_gcrf_m, end.position_gcrf_m, strict=True)) ** 0.5
        slower_m_s = (
            sum((a - b) ** 2 for a, b in zip(start.velocity_gcrf_m_s, end.velocity_gcrf_m_s, strict=True)) ** 0.5
        )
        # centres of mass of the parts lie within the 110 m of the station, and part at centimetres per second
        assert apart_m < 110.0
        assert slower_m_s < 0.5


def test_a_changed_file_is_named(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = folder / "events.json"
    original = events.read_bytes()
    try:
        events.write_bytes(original.replace(b"possible", b"Possible", 1))
        assert call(["cite", str(folder)]) == 2
        assert "events.json" in capsys.readouterr().err
    finally:
        events.write_bytes(original)


@pytest.mark.parametrize("to", ["oem", "czml", "netcdf", "csv", "svg"])
def test_every_export_writes_a_file(folder: Path, tmp_path: Path, to: str) -> None:
    out = tmp_path / f"x.{to}"
    assert call(["export", str(folder), "--to", to, "--stack", "usos", "--out", str(out)]) == 0
    assert out.stat().st_size > 1000


def test_every_source_that_is_cited_has_a_title(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["cite", str(folder), "--json"]) == 0
    sources = json.loads(capsys.readouterr().out)["sources"]
    assert len(sources) > 30
    assert [s["key"] for s in sources if s["key"] == s["text"]] == []


def test_the_readme_says_what_the_run_says(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_readme", ROOT / "scripts" / "make_readme.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert module.with_block(readme, module.block(json.loads((folder / "answers.json").read_text()))) == readme
