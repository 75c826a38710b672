"""``stationkeeper calibrate``: what it says, what it writes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stationkeeper.cli.main import call
from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.calibration.fit import DragFit
from stationkeeper.flight.engines.numerical import fly
from stationkeeper.flight.state import StateVector
from stationkeeper.formats.oem import write_oem

TRUE_M2_KG = 0.0093


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two ephemerides of one flight with a known drag, the second 1.2 days after the first."""
    folder = tmp_path_factory.mktemp("ephemerides")
    state = StateVector.from_eme2000(
        Epoch.parse("2022-02-11T12:00:00Z"),  # NASA's public ephemeris created on that day
        [-4945204.8874258298, -3625970.4508659102, -2944743.3487186099],
        [1192.03952554952, -5672.86420497775, 4995.93211898374],
    )
    body = Body(445_386.0, TRUE_M2_KG * 445_386.0, 1.0)
    for name in ("a.oem", "b.oem"):
        flight = fly(
            state,
            body,
            state.epoch.plus_days(1.3),
            weather=SpaceWeather.observed(),
            output_step_s=240.0,
            method="precise",
        )
        write_oem(
            flight.trajectory, folder / name, object_name="ISS", object_id="1998-067-A", originator="TEST",
            created=state.epoch, comments=["MASS=445386.00"],
        )  # fmt: skip
        state = flight.trajectory.at(state.epoch.plus_days(1.2))
    return folder


def test_one_file_in_plain_words(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "fit.json"
    assert call(["calibrate", str(folder / "a.oem"), "--station", "iss", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    for words in ("Cd*A/m = 0.009", "nrlmsise00", "space weather", "no burn found", "forecast", "one sigma"):
        assert words in said
    fit = DragFit.from_json(out.read_text(encoding="utf-8"))
    assert fit.cdam_m2_kg == pytest.approx(
        TRUE_M2_KG, rel=0.02
    )  # the file holds positions to a micrometre: little more than a day


def test_a_set_of_files_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["calibrate", str(folder / "b.oem"), str(folder / "a.oem"), "--json"]) == 0
    said = capsys.readouterr()
    data = json.loads(said.out)
    assert data["kind"] == "legs"
    assert data["overall"]["cdam_m2_kg"] == pytest.approx(TRUE_M2_KG, rel=0.02)
    assert data["overall"]["density_model"] == "nrlmsise00"
    assert data["burns"] == []
    assert data["station_mass_kg"] > 4e5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.oem"], "nowhere.oem"),
        (["{a}", "--density", "msis"], "nrlmsise00 or nrlmsis21"),
        (["{a}", "--density", "nrlmsis21"], "element sets"),
        (["{a}", "--weather", "sunny"], "as-known-on"),
        (["{a}", "--from", "2022-13-01"], "month"),
        (["{a}", "--from", "2022-02-13", "--to", "2022-02-12"], "after --from"),
        (["{a}", "--from", "2022-02-12T00:00Z"], "a day or more"),
        (["{a}", "{tle}"], "one kind"),
        (["{a}", "--station", "atlantis"], "atlantis"),
        (["{cut}"], "cut"),
        (["{tle}"], "checksum"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_what_cannot_be_fitted_is_one_message(
    folder: Path, tmp_path: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cut, tle = tmp_path / "cut.oem", tmp_path / "one.tle"
    text = (folder / "a.oem").read_text(encoding="utf-8")
    cut.write_text(text[: len(text) // 2], encoding="utf-8")
    tle.write_text(
        "1 25544U 98067A   22038.50000000  .00006000  00000-0  11000-3 0  9990\n"
        "2 25544  51.6430 200.0000 0005000 100.0000 260.0000 15.49700000324993\n",
        encoding="utf-8",
    )
    names = {"{a}": str(folder / "a.oem"), "{cut}": str(cut), "{tle}": str(tle)}
    assert call(["calibrate", *(names.get(a, a) for a in arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert says in said.err
