"""``stationkeeper reentry``: a case, element sets, windows, JSON, and wrong input."""

import json
from pathlib import Path
from typing import Any

import pytest

from stationkeeper.cli.main import call

CASE = """
schema = "stationkeeper.case/1"
name = "a body on its way down"
[orbit]
epoch = 2022-02-24T00:00:00Z
altitude_km = 215.0
inclination_deg = 51.64
[body]
mass_kg = 1000.0
cdam_m2_kg = 0.02
[forces]
gravity_degree = 8
[weather]
feed = "fixed=150,4"
"""
SETS = """SATELLITE
1 25544U 98067A   22065.50000000  .00005764  00000-0  10956-3 0  9996
2 25544  51.6425 137.7250 0004919 215.4520 298.7042 15.49615123329195
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.toml"
    path.write_text(CASE, encoding="utf-8")
    return path


def _json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    assert call(["reentry", *arguments, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert isinstance(said, dict)
    return said


def test_a_case(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = _json([str(case), "--members", "30"], capsys)
    assert said["schema"] == "stationkeeper.reentry/1"
    assert said["members"] == 30
    assert said["not_down"] == 0
    entry = said["entry"]
    dates = [entry[k] for k in ("p05_utc", "p25_utc", "median_utc", "p75_utc", "p95_utc")]
    assert dates == sorted(dates)
    assert dates[0] > "2022-02-24"
    assert [w["share"] for w in entry["windows"]] == [0.5, 0.9, 0.99]
    assert entry["windows"][1]["from_utc"] == dates[0]
    assert entry["yardstick"]["from_utc"] < dates[2] < entry["yardstick"]["to_utc"]
    south, north = said["latitude_band_deg"]
    assert south == -north
    points = said["track"]["points"]
    assert len(points) > 60
    assert all(south - 0.2 <= p["latitude_deg"] <= north + 0.2 for p in points)
    latitudes = said["latitudes"]["bands"]
    assert sum(b["probability"] for b in latitudes) == pytest.approx(1.0)
    assert all(b["low"] <= b["probability"] <= b["high"] and b["people_per_km2"] >= 0.0 for b in latitudes)
    places = said["places"]["list"]
    assert {p["kind"] for p in places} == {"country", "ocean"}
    assert sum(p["probability"] for p in places) == pytest.approx(1.0, abs=2e-3)  # the map's lines of latitude
    assert entry["second_density_model"]["model"] == "nrlmsis21"
    assert entry["second_density_model"]["remaining_time_ratio"] > 1.0
    assert [h["altitude_km"] for h in said["heights"]][-1] == 120.0
    risk = said["risk"]
    assert {"casualty_expectation", "low", "high", "members"} <= set(risk)
    assert risk["casualty_expectation"] is None
    assert "not assessed" in risk["statement"]


def test_with_a_station_and_a_page(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "down.html"
    arguments = [str(case), "--members", "200", "--station", "tiangong", "--sheltering", "0.3", "--html", str(page)]
    said = _json(arguments, capsys)
    risk = said["risk"]
    assert 0.0 < risk["low"] < risk["casualty_expectation"] < risk["high"]
    assert risk["members"] == 200
    assert risk["sheltering"] == "share without shelter 0.3 to 0.3"
    html = page.read_text(encoding="utf-8")
    for figure in ("figure-funnel-0", "figure-windows", "figure-descent-map", "figure-latitudes-0", "figure-risk"):
        assert f'id="{figure}"' in html
    assert "http://" not in html.split("<script")[0]


def test_what_the_input_does_not_tell_is_said_once(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scaled = CASE.replace("cdam_m2_kg = 0.02", "drag_area_m2 = 10.0\ndrag_coefficient = 2.0\ndensity_scale = 0.8")
    case.write_text(scaled, encoding="utf-8")
    assert call(["reentry", str(case), "--members", "20", "--station", "tiangong", "--json"]) == 0
    said, err = capsys.readouterr()
    notes = json.loads(said)["notes"]
    assert all(f"note: {x}" in err for x in notes)
    (spread,) = (x for x in notes if "spread" in x)
    for words in (
        "the input carries no spread",
        "is assumed",
        "--cdam-sigma or --fit",
        "density scale of 0.8",
        "too narrow",
    ):
        assert words in spread
    (mass,) = (x for x in notes if "mass" in x)
    assert mass.startswith(
        "two masses: the fall uses Cd*A/m and the 1.0 t of the input, the risk the parts of station 'tiangong'"
    )
    assert call(["reentry", str(case), "--members", "20", "--cdam", "0.02", "--json"]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    (spread,) = (x for x in notes if "spread" in x)
    assert "density scale" not in spread
    assert not any("mass" in x for x in notes)


def test_a_mass_that_nobody_tells_is_that_of_the_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.tle"
    path.write_text(SETS, encoding="utf-8")
    arguments = ["reentry", str(path), "--members", "20", "--cdam", "0.3", "--cdam-sigma", "0.1", "--json"]
    assert call(arguments) == 0
    alone = json.loads(capsys.readouterr().out)
    assert alone["mass_kg"] is None
    assert any("tells no mass" in x for x in alone["notes"])
    assert call([*arguments, "--station", "iss"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["mass_kg"] == pytest.approx(said["risk"]["pieces"]["start_kg"], rel=0.02)
    assert said["entry"]["median_utc"] == alone["entry"]["median_utc"]  # the fall does not depend on it


def test_words(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = ["--control-lost-km", "160,180", "--drag-ratio", "2,1.5,2.5"]
    assert call(["reentry", str(case), "--members", "20", "--cdam-sigma", "0.05", *lost]) == 0
    out, err = capsys.readouterr()
    flat = " ".join(out.split())
    for words in (
        "median", "90 %", "25 % of the remaining time either way (as fits the last two days)", "tumbling below 160 to 180 km", "not assessed",
        "too few to say (20 members)", "nine in ten of only 20 cases", "of 20 members", "Space weather: the same for all cases", "NRLMSIS 2.1",
    ):  # fmt: skip
        assert words in flat
    assert "Traceback" not in err


def test_one_element_set_needs_a_drag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.tle"
    path.write_text(SETS, encoding="utf-8")
    assert call(["reentry", str(path), "--members", "20"]) == 2
    err = capsys.readouterr().err
    assert "--cdam" in err
    assert err.count("error:") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], "no such file"),
        (["{case}", "--density", "exponential"], "nrlmsise00"),
        (["{case}", "--cdam", "-1"], "--cdam"),
        (["{case}", "--cdam-sigma", "7"], "--cdam-sigma"),
        (["{case}", "--mass-kg", "5"], "--mass-kg"),
        (["{case}", "--as-known-on", "yesterday"], "--as-known-on"),
        (["{case}", "--control-lost-km", "220"], "--drag-ratio"),
        (["{case}", "--control-lost-km", "a", "--drag-ratio", "2"], "--control-lost-km"),
        (["{case}", "--control-lost-km", "220", "--drag-ratio", "2,3,1"], "--drag-ratio"),
        (["{case}", "--stack", "station"], "--stack"),
        (["{case}", "--members", "19"], "members"),
        (["{case}", "--as-known-on", "2022-02-23"], "nobody knew the state"),
        (["/dev/null"], "a pipe or a device"),
        (["{case}", "--html", "/"], "folder"),
        (["{case}", "--station", "skylab"], "--station"),
        (["{case}", "--sheltering", "tents"], "--sheltering"),
        (["{case}", "--sheltering", "1.5"], "--sheltering"),
        (["{case}", "--population", "nosuch.asc"], "nosuch.asc"),
        (["{case}", "--population", "{case}"], "latitude, longitude, people"),
        (["{case}", "--html", "no/such/folder/page.html"], "--html"),
    ],
)
def test_wrong_input_is_one_message(
    arguments: list[str], words: str, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["reentry", *(a.format(case=case) for a in arguments)]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert "Traceback" not in out + err


BURN = """
[[burns]]
start = 2022-02-24T01:00:00Z
delta_v_m_s = 0.5
duration_s = 10.0
specific_impulse_s = 300.0
"""


def test_burns_before_the_fall_meet_the_weather_known_on_the_day(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the case's own feed holds, nothing measured after the day may reach the flight through the burns."""
    from stationkeeper.core.errors import InputError
    from stationkeeper.flight.engines import numerical

    seen = []

    def fly(*_: Any, weather: Any, **__: Any) -> Any:
        seen.append(weather)
        raise InputError.one("seen", "", "a flight", "none")

    monkeypatch.setattr(numerical, "fly", fly)
    case.write_text(CASE.replace("fixed=150,4", "observed") + BURN, encoding="utf-8")
    assert call(["reentry", str(case), "--as-known-on", "2022-02-24"]) == 2
    assert call(["reentry", str(case)]) == 2
    known, happened = seen
    assert "as known on 2022-02-24" in known.source
    assert known.last_observed < "2022-02-24" < happened.last_observed
