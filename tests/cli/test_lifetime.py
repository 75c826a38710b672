"""``stationkeeper lifetime``: JSON, text, a station, a fit, and wrong input."""

import json
from pathlib import Path
from typing import Any

import pytest

from stationkeeper.cli.main import call
from stationkeeper.core.epoch import Epoch
from stationkeeper.flight.calibration.fit import DragFit

BARE = "--altitude-km 245 --inclination-deg 51.64 --cdam 0.02 --start 2022-02-24T00:00:00Z --weather fixed=150,4"
CASE = """
schema = "stationkeeper.case/1"
name = "a body and a burn"
[orbit]
epoch = 2022-02-24T00:00:00Z
altitude_km = 235.0
inclination_deg = 51.64
[body]
mass_kg = 1000.0
cdam_m2_kg = 0.02
[forces]
gravity_degree = 8
[weather]
feed = "fixed=150,4"
"""
BURN = """
[[burns]]
start = 2022-02-24T06:00:00Z
delta_v_m_s = 2.0
thrust_n = 100.0
specific_impulse_s = 300.0
"""


def _json(arguments: str, capsys: pytest.CaptureFixture[str]) -> Any:
    assert call(["lifetime", *arguments.split(), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert isinstance(said, dict)
    return said


def test_a_bare_body(capsys: pytest.CaptureFixture[str]) -> None:
    said = _json(BARE, capsys)
    assert said["schema"] == "stationkeeper.lifetime/1"
    assert said["status"] == "down"
    crossings = said["crossings"]
    assert [c["altitude_km"] for c in crossings] == [330.0, 280.0, 220.0, 200.0, 150.0, 120.0]
    assert [c["at_start"] for c in crossings] == [True, True, False, False, False, False]
    assert [c["engine"] for c in crossings[2:]] == ["averaged", "averaged", "numerical", "numerical"]
    start = Epoch.parse("2022-02-24T00:00:00Z")
    for c in crossings[2:]:
        assert Epoch.parse(c["utc"]).days_since(start) == pytest.approx(c["days"], abs=1e-4)
        assert c["earliest_utc"] < c["utc"] < c["latest_utc"]
    assert [c["days"] for c in crossings[2:]] == sorted(c["days"] for c in crossings[2:])
    assert "yardstick" in said["bounds"]
    assert [m["density_model"] for m in said["members"]] == ["nrlmsis21"]
    history = said["history"]
    assert len(history["utc"]) == len(history["mean_altitude_km"]) == len(history["lowest_height_km"])
    assert said["reboosts"] is None


def test_the_text_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    days = _json(BARE, capsys)["crossings"][-1]["days"]
    assert call(["lifetime", *BARE.split()]) == 0
    text = capsys.readouterr().out
    assert f"{days:8.2f}" in text
    assert "below it at the start" in text
    assert call(["lifetime", *BARE.split(), "--until", "2022-02-25"]) == 0
    assert "still up on 2022-02-25" in capsys.readouterr().out


def test_reboosts(capsys: pytest.CaptureFixture[str]) -> None:
    said = _json(f"{BARE} --keep-km 232,236 --propellant-kg 12 --isp-s 300 --mass-kg 900", capsys)
    reboosts = said["reboosts"]
    assert reboosts["propellant_used_kg"] == pytest.approx(12.0)
    assert reboosts["propellant_gone_utc"] is not None
    assert sum(b["propellant_kg"] for b in reboosts["burns"]) == pytest.approx(12.0, abs=0.01)
    assert said["end"]["mass_kg"] == pytest.approx(888.0)


def test_a_case_with_and_without_a_burn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.toml"
    path.write_text(CASE, encoding="utf-8")
    plain = _json(str(path), capsys)
    assert plain["settings"]["engine"] == "averaged, then numerical"
    path.write_text(CASE + BURN, encoding="utf-8")
    burnt = _json(str(path), capsys)
    assert burnt["settings"]["engine"] == "numerical"
    assert any("burns" in n for n in burnt["notes"])
    assert burnt["end"]["days"] > plain["end"]["days"]
    assert call(["lifetime", str(path), "--engine", "averaged"]) == 2
    assert "does not fly" in capsys.readouterr().err


def test_a_fit_carries_its_bounds_and_its_density_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = Epoch.parse("2022-02-01T00:00:00Z"), Epoch.parse("2022-02-20T00:00:00Z")
    fit = DragFit(0.02, 0.001, 0.017, 0.024, "nrlmsise00", "observed", a, b, "made up for this test")
    path = tmp_path / "fit.json"
    path.write_text(fit.to_json(), encoding="utf-8")
    bare = BARE.replace("--cdam 0.02", f"--fit {path}")
    said = _json(bare, capsys)
    assert [m["name"] for m in said["members"]] == ["least drag", "most drag"]
    last = said["crossings"][-1]
    assert last["earliest_utc"] == said["members"][1]["crossings"][-1]["utc"]
    assert last["latest_utc"] == said["members"][0]["crossings"][-1]["utc"]
    assert call(["lifetime", *bare.split(), "--density", "nrlmsis21"]) == 2
    assert "nrlmsise00" in capsys.readouterr().err
    assert call(["lifetime", *bare.split(), "--cdam", "0.01"]) == 2


def test_a_station_from_the_start_of_a_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    said = _json("iss-2022-no-reboost --until 2022-04-01", capsys)
    assert said["status"] == "up"
    assert said["start"]["mass_kg"] == pytest.approx(445_386.0, rel=0.01)
    assert [m["name"] for m in said["members"]][1:] == ["least drag", "most drag"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "no --altitude-km"),
        ("iss-2022-02-11 --cdam 0.004", "Leave one of them out"),
        (BARE.replace("--cdam 0.02", ""), "no --cdam"),
        (BARE.replace("0.02", "-0.02"), "--cdam"),
        (BARE.replace("245", "900"), "121 to 800"),
        (BARE.replace("245", "nan"), "121 to 800"),
        (BARE.replace("245", "100"), "121 to 800"),
        (BARE.replace("2022-02-24T00:00:00Z", "2022-13-24"), "--start"),
        (BARE.replace("2022-02-24", "2045-02-24"), "Earth orientation"),
        (BARE.replace("fixed=150,4", "fixed=900,4"), "50 to 400"),
        (BARE.replace("fixed=150,4", "fixed=400,4"), "outside the expansion"),
        (BARE.replace("fixed=150,4", "msfc=2024-01"), "within the space weather"),
        (BARE + " --density jb2008", "nrlmsise00 or nrlmsis21"),
        (BARE + " --density nrlmsis21 --engine numerical", "the one model it has"),
        (BARE + " --engine sgp4", "averaged or numerical"),
        (BARE + " --until 2020-01-01", "after the start"),
        (BARE + " --keep-km 220,224", "--propellant-kg"),
        (BARE + " --keep-km 224,220 --propellant-kg 1 --isp-s 300", "--keep-km"),
        (BARE + " --keep-km 220,224 --propellant-kg 1e4 --isp-s 300", "propellant_kg"),
        (BARE + " --fit no-such-file.json", "--fit"),
        ("no-such-case", "iss-2022-no-reboost"),
        ("no-such-case.toml", "no-such-case.toml"),
        ("iss-2022-no-reboost --mass-kg 3", "--mass-kg"),
    ],
)
def test_wrong_input_is_one_message(arguments: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["lifetime", *arguments.split()]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert "Traceback" not in said.err
