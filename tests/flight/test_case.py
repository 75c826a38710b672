"""The case file: what it gives the engines, and what it refuses, all at once."""

import math
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import gcrf_to_eme2000, gcrf_to_itrf_state
from stationkeeper.flight.case import case_path, load_case, packaged_cases
from stationkeeper.flight.engines.numerical import Forces
from stationkeeper.flight.events import MeanAltitudeReached, Shadow
from stationkeeper.flight.state import StateVector

GOOD = """
schema = "stationkeeper.case/1"
name = "a test"

[state]
epoch = 2022-02-11T12:00:00Z
frame = "EME2000"
position_km = [-4945.2, -3625.97, -2944.74]
velocity_km_s = [1.192, -5.673, 4.996]

[body]
mass_kg = 445386.0
cdam_m2_kg = 0.011

[weather]
feed = "fixed=150,4"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", packaged_cases())
def test_the_packaged_cases_are_good(name: str) -> None:
    case = load_case(name)
    assert case.file.source
    assert case.state().epoch == case.epoch
    assert case.weather().end > case.epoch


def test_a_small_case_gives_everything(tmp_path: Path) -> None:
    case = load_case(written(tmp_path, GOOD))
    back = gcrf_to_eme2000(case.state().position_gcrf_m)[0]
    assert np.allclose(back, [-4945.2e3, -3625.97e3, -2944.74e3], rtol=0, atol=1e-6)
    assert case.body().drag_m2_kg == pytest.approx(0.011)
    assert case.forces() == Forces()
    assert case.drag_profile() is None
    assert case.burns() == ()
    assert float(case.weather().f107[0]) == 150.0
    assert case.engine.name == "numerical"


def test_a_case_with_everything(tmp_path: Path) -> None:
    text = GOOD.replace("cdam_m2_kg = 0.011", "drag_area_m2 = 1440.0\ndrag_coefficient = 3.4").replace(
        "[weather]",
        """
drag_changes = [{ from = 2022-02-12T00:00:00Z, factor = 1.4, why = "tumbling" }]
[forces]
gravity_degree = 20
gravity_order = 10
radiation_pressure = true
tides = false
[engine]
method = "precise"
tolerance = 1e-12
[[burns]]
start = 2022-02-11T18:00:00Z
delta_v_m_s = 0.5
thrust_n = 3000.0
specific_impulse_s = 300.0
direction = "retrograde"
[[burns]]
start = 2022-02-11T14:00:00Z
duration_s = 100.0
thrust_n = 3000.0
specific_impulse_s = 300.0
direction = [0.0, 0.0, 2.0]
frame = "RTN"
[[events]]
kind = "umbra"
direction = "rising"
[[events]]
kind = "mean-altitude"
altitude_km = 400.0
stop = true
[weather]""",
    )
    case = load_case(written(tmp_path, text))
    first, second = case.burns()
    assert (first.direction, first.frame, first.sign) == ((0.0, 0.0, 1.0), "RTN", 1)
    assert second.delta_v_m_s(445_386.0 - first.propellant_kg) == pytest.approx(-0.5, abs=1e-12)
    assert case.forces() == Forces(gravity_degree=20, gravity_order=10, radiation_pressure=True, tides=False)
    assert case.events == (Shadow("umbra", 1), MeanAltitudeReached(400e3))
    assert case.stop_at == MeanAltitudeReached(400e3)
    profile = case.drag_profile()
    assert profile is not None
    assert profile.why == ("tumbling",)
    assert case.fly_options()["tolerance"] == 1e-12


def test_a_circular_orbit_and_the_frame_of_the_earth(tmp_path: Path) -> None:
    start = GOOD.index("[state]")
    end = GOOD.index("[body]")
    orbit = "[orbit]\nepoch = 2022-02-11T12:00:00Z\naltitude_km = 415.0\ninclination_deg = 51.64\nraan_deg = 30.0\n"
    state = load_case(written(tmp_path, GOOD[:start] + orbit + GOOD[end:])).state()
    same = StateVector.circular(state.epoch, 415e3, math.radians(51.64), math.radians(30.0))
    assert np.array_equal(state.position_gcrf_m, same.position_gcrf_m)
    r, v = gcrf_to_itrf_state(state.epoch, state.position_gcrf_m, state.velocity_gcrf_m_s)
    fixed = (
        f'[state]\nepoch = 2022-02-11T12:00:00Z\nframe = "ITRF"\n'
        f"position_km = {[float(x) / 1e3 for x in r[0]]}\nvelocity_km_s = {[float(x) / 1e3 for x in v[0]]}\n"
    )
    again = load_case(written(tmp_path, GOOD[:start] + fixed + GOOD[end:])).state()
    assert np.allclose(again.position_gcrf_m, state.position_gcrf_m, rtol=0, atol=1e-6)
    assert np.allclose(again.velocity_gcrf_m_s, state.velocity_gcrf_m_s, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mass_kg = 445386.0", "mass_kg = -1.0", "line 12: body.mass_kg"),
        ("cdam_m2_kg = 0.011", "drag_area_m2 = 3.0", "drag_area_m2 with drag_coefficient"),
        ("cdam_m2_kg = 0.011", "cdam_m2_kg = 0.011\ncd = 2.2", "unknown key 'cd'"),
        ("-4945.2, -3625.97", "-4.9452, -3.62597", "state.position_km"),
        ("5.673", "56.73", "state.velocity_km_s"),
        ("fixed=150,4", "fixed=150", "weather.feed"),
        ("fixed=150,4", "msfc=1950-01", "weather.feed"),
        ("fixed=150,4", "yesterday", "as-known-on"),
        ("[weather]", '[forces]\ndensity = "jb2008"\n[weather]', "nrlmsise00"),
        ("[weather]", "[forces]\ngravity_degree = 1\n[weather]", "forces.gravity_degree"),
        ("[weather]", "[[burns]]\nstart = 2022-02-12T00:00:00Z\nthrust_n = 1.0\nspecific_impulse_s = 300.0\n[weather]", "two of"),
        ("[weather]", "[[events]]\nkind = 'altitude'\n[weather]", "altitude_km"),
        ("stationkeeper.case/1", "stationkeeper.scenario/1", "another kind"),
        ("[state]", "[orbit]\nepoch = 2022-02-11T12:00:00Z\naltitude_km = 415.0\ninclination_deg = 51.6\n[state]", "one of the tables"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        load_case(written(tmp_path, GOOD.replace(old, new)))
    assert says in str(caught.value)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("5.673", "56.73").replace(
        "[weather]", '[forces]\ndensity = "jb2008"\ngravity_order = 60\n[weather]'
    )
    with pytest.raises(InputError) as caught:
        load_case(written(tmp_path, text))
    keys = {p.key for p in caught.value.problems}
    assert keys == {"state.velocity_km_s", "forces.density", "forces.gravity_order"}
    assert all(p.line for p in caught.value.problems)


def test_an_unknown_name_is_met_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="gmat-iss-2004"):
        case_path("gmat-iss-2040")
