"""The command line: help, exit codes, JSON that is JSON, dates that the data do not cover."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from stationkeeper import __version__
from stationkeeper.cli import main as command_line
from stationkeeper.cli.main import call
from stationkeeper.core.errors import ConservationError, DataAgeError, EngineError, OutOfRangeError

COMMANDS = (
    ["run"], ["report"], ["cite"], ["scenarios"], ["validate"], ["compare"], ["dependence"], ["diff"], ["export"], ["station"], ["station", "show"],
    ["station", "list"], ["station", "schema"], ["import"], ["import", "oem"], ["propagate"], ["lifetime"], ["calibrate"], ["data"], ["data", "status"], ["data", "update"],
    ["data", "reset"],
)  # fmt: skip


class Said:
    """What one call of the command line left behind: its exit code and what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = call(arguments)
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        assert self.err == ""
        return json.loads(self.out)


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=" ".join)
def test_every_command_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, *command, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: {' '.join(['stationkeeper', *command])}")
    assert len(said.out.splitlines()) > 4


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    out = Said(capsys, "--help").out
    assert [c[0] for c in COMMANDS if c[0] not in out] == []


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "--version")
    assert (said.code, said.out) == (0, f"stationkeeper {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Usage: stationkeeper"),
        (["station"], "Usage: stationkeeper station"),
        (["fly"], "No such command 'fly'"),
        (["station", "look"], "No such command 'look'"),
        (["validate", "--quickly", "x"], "No such option: --quickly"),
        (["validate"], "Missing argument"),
        (["validate", "iss-2022-detach", "again"], "unexpected extra argument"),
        (["station", "show", "iss"], "Missing option '--at'"),
        (["station", "show", "iss", "--at"], "requires an argument"),
        (["compare", "a.oem"], "Missing argument"),
        (["compare", "a.oem", "b.oem", "--step-s", "0"], "--step-s"),
        (["export", "runs", "--to", "pdf", "--out", "x.pdf"], "'pdf' is not one of"),
        (["station", "show", "iss", "--at", "yesterday"], "--at: found 'yesterday'"),
        (["station", "show", "iss", "--at", "2022-13-01"], "month 13"),
        (["station", "show", "iss", "--at", "2022-02-24T00:00:00"], "no time zone"),
        (["station", "show", "is", "--at", "2022-02-24"], "Did you mean 'iss'?"),
        (["validate", "iss-2022-detatch"], "Did you mean 'iss-2022-detach'?"),
        (["run", "nothing-of-the-kind"], "iss-2022-baseline"),
    ],
)
def test_a_wrong_command_says_so_and_leaves_with_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Said(capsys, *arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("trouble", "code", "says"),
    [
        (ConservationError("propellant", "leg 3", 1.5, "kg"), 1, "ledger 'propellant' does not close"),
        (EngineError("the integrator stopped at 2022-03-01"), 1, "the integrator stopped"),
        (DataAgeError("space weather ends on 2026-11-01"), 1, "space weather ends"),
        (OutOfRangeError("the model holds above 80 km"), 1, "above 80 km"),
        (OSError(errno.ENOSPC, "No space left on device", "runs/x"), 1, "runs/x: No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "runs/x"), 2, "runs/x: Permission denied"),
        (KeyError("oops"), 1, "went wrong inside stationkeeper: KeyError"),
        (RecursionError("too deep"), 1, "went wrong inside stationkeeper: RecursionError"),
        (MemoryError(), 1, "went wrong inside stationkeeper: MemoryError"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_trouble_is_one_sentence_and_a_code(
    trouble: BaseException, code: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise trouble

    monkeypatch.delenv("STATIONKEEPER_DEBUG", raising=False)
    monkeypatch.setattr(command_line, "app", app)
    said = Said(capsys)
    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) <= 2


def test_debugging_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise KeyError("oops")

    monkeypatch.setenv("STATIONKEEPER_DEBUG", "1")
    monkeypatch.setattr(command_line, "app", app)
    with pytest.raises(KeyError, match="oops"):
        call([])


def test_the_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    found = Said(capsys, "scenarios", "--json").json
    assert {s["id"] for s in found} >= {"iss-2022-baseline", "iss-2022-detach", "iss-2022-left-behind"}
    assert all({"id", "title", "question", "start", "end"} <= set(s) for s in found)
    text = Said(capsys, "scenarios").out
    assert [s["title"] for s in found if s["title"] not in text] == []
    assert Said(capsys, "scenarios", "--schema").json["properties"]["schema"]["const"] == "stationkeeper.scenario/1"


def test_every_packaged_scenario_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    for s in Said(capsys, "scenarios", "--json").json:
        found = Said(capsys, "validate", s["id"], "--json").json
        assert found["schema"] == "stationkeeper.validation/1"
        assert found["valid"] is True
        assert found["events"] >= len(found["own_events"])


def test_validate_says_what_each_event_comes_to(capsys: pytest.CaptureFixture[str]) -> None:
    own = Said(capsys, "validate", "iss-2022-detach", "--json").json["own_events"]
    assert [(e["verdict"], e["happens"], e["forced"]) for e in own] == [
        ("possible", True, False),
        ("possible_after_steps", True, True),
    ]
    assert "possible only after other steps (forced)" in Said(capsys, "validate", "iss-2022-detach").out


def test_the_stations(capsys: pytest.CaptureFixture[str]) -> None:
    found = {s["id"]: s for s in Said(capsys, "station", "list", "--json").json}
    assert {"iss", "skylab"} <= set(found)
    assert "International Space Station" in Said(capsys, "station", "list").out
    assert Said(capsys, "station", "schema").json["title"] == "Station"


SHOWN = {
    "elements": {"id", "name", "owner", "segment", "mass_kg", "attached_to"},
    "joints": {"id", "between", "kind", "crosses"},
    "ports": {"id", "standard", "occupied_by"},
    "vehicles": {"id", "name", "port", "mass_kg"},
    "crew": {"name", "agency", "aboard_since", "seat_vehicle", "days_aboard"},
    "partners": {"id", "name", "state"},
    "sources": {"key", "title"},
}


@pytest.mark.parametrize(
    ("station", "day", "people", "tonnes"),
    [("iss", "2022-02-24", 7, (440, 480)), ("skylab", "1973-12-01", 3, (85, 95))],
)
def test_a_station_on_a_day_as_json(
    station: str, day: str, people: int, tonnes: tuple[float, float], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Said(capsys, "station", "show", station, "--at", day, "--json").json
    assert shown["schema"] == "stationkeeper.station-show/1"
    assert shown["at"] == f"{day}T12:00:00Z"
    assert tonnes[0] < shown["mass_kg"] / 1e3 < tonnes[1]
    for name, keys in SHOWN.items():
        assert shown[name], name
        assert all(keys <= set(row) for row in shown[name]), name
    ids = {e["id"] for e in shown["elements"]}
    assert [e["id"] for e in shown["elements"] if e["attached_to"] is None] in (["zvezda"], ["orbital-workshop"])
    assert {e["attached_to"] for e in shown["elements"]} - {None} <= ids
    assert all(set(j["between"]) <= ids for j in shown["joints"])
    docked = {v["id"] for v in shown["vehicles"]}
    assert {p["occupied_by"] for p in shown["ports"]} - {None} == docked
    assert {c["seat_vehicle"] for c in shown["crew"]} <= docked
    assert len(shown["crew"]) == people
    assert all(c["days_aboard"] >= 0 for c in shown["crew"])
    bodies = [*shown["elements"], *shown["outfitting"], *shown["vehicles"]]
    assert sum(b["mass_kg"] for b in bodies) == pytest.approx(shown["mass_kg"])
    assert shown["warnings"] == []


def test_the_seven_of_february_2022(capsys: pytest.CaptureFixture[str]) -> None:
    crew = {c["name"]: c for c in Said(capsys, "station", "show", "iss", "--at", "2022-02-24", "--json").json["crew"]}
    # launched on 9 April 2021 in Soyuz MS-18, aboard since that day (NASA)
    assert crew["Mark Vande Hei"]["aboard_since"].startswith("2021-04-09")
    assert crew["Mark Vande Hei"]["days_aboard"] == 321
    assert crew["Mark Vande Hei"]["seat_vehicle"] == "soyuz-ms-19"


@pytest.mark.parametrize(
    ("station", "day", "covers"),
    [
        ("iss", "2001-06-01", "2021-08-01 to 2023-04-30"),
        ("iss", "2031-01-01", "2021-08-01 to 2023-04-30"),
        ("skylab", "1973-01-01", "1973-05-14"),
        ("skylab", "1985-01-01", "1979-07-11"),
    ],
)
def test_a_day_that_the_data_do_not_cover_says_so(
    station: str, day: str, covers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Said(capsys, "station", "show", station, "--at", day, "--json").json
    assert any(covers in w for w in shown["warnings"])
    assert f"! {shown['warnings'][0]}" in Said(capsys, "station", "show", station, "--at", day).out


def test_a_scenario_that_the_data_do_not_cover_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parent.parent / "broken" / "scenario-end-before-start.toml").read_text(encoding="utf-8")
    path = tmp_path / "late.toml"
    path.write_text(text.replace("end = 2022-04-10", "end = 2023-09-10"), encoding="utf-8")
    assert (
        "note: visits and crew are complete only from 2021-08-01 to 2023-04-30"
        in Said(capsys, "validate", str(path)).out
    )
    assert len(Said(capsys, "validate", str(path), "--json").json["warnings"]) == 1


def test_a_drawing_is_written_beside_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    svg = tmp_path / "new" / "iss.svg"
    said = Said(capsys, "station", "show", "iss", "--at", "2022-02-24", "--json", "--svg", str(svg))
    assert said.code == 0, said.err
    assert json.loads(said.out)["station"] == "iss"
    assert svg.read_text(encoding="utf-8").lstrip().startswith("<")
    assert [p.name for p in svg.parent.iterdir()] == ["iss.svg"]


def test_a_drawing_cannot_be_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "station", "show", "iss", "--at", "2022-02-24", "--svg", str(tmp_path))
    assert (said.code, said.out) == (2, "")
    assert f"{tmp_path}: found a folder" in said.err


@pytest.mark.parametrize("command", [["report"], ["cite"], ["export", "--to", "oem", "--out", "x.oem"]])
def test_a_folder_that_is_no_run(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, command[0], str(tmp_path), *command[1:])
    assert (said.code, said.out) == (2, "")
    assert "manifest.json" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_cannot_be_kept_is_not_flown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results"
    file.write_text("mine", encoding="utf-8")
    for out in (file, file / "run"):
        said = Said(capsys, "run", "iss-2022-detach", "--out", str(out))
        assert (said.code, said.out) == (2, "")
        assert "found a file" in said.err
        assert "flying" not in said.err
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_run_from_a_broken_ephemeris_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = Path(__file__).parent.parent / "broken"
    text = (broken / "scenario-file-missing.toml").read_text(encoding="utf-8")
    (tmp_path / "iss.oem").write_bytes((broken / "ephemeris-month-13.oem").read_bytes())
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    said = Said(capsys, "run", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "out"))
    assert (said.code, said.out) == (2, "")
    assert "iss.oem: state 6" in said.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["iss.oem", "mine.toml"]


START = "import sys; from stationkeeper.cli.main import main; main()"


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    """As in ``stationkeeper scenarios --schema | head -1``."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, "scenarios", "--schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert err == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_sentence() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-c", START, "scenarios"], stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
