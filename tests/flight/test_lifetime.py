"""How long a body stays up: both engines, the hand-over, bounds, reboosts, and what is refused."""

import math
from functools import lru_cache

import numpy as np
import pytest

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, GM_EARTH_M3_S2, STANDARD_GRAVITY_M_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.lifetime import YARDSTICK, KeepBand, Lifetime, lifetime, start_body, thin
from stationkeeper.flight.state import StateVector

START = Epoch.parse("2022-02-24T00:00:00Z")
WEATHER = SpaceWeather.fixed(150.0, 4.0, "2022-02-01", "2023-12-31")
REVOLUTION_DAYS = 0.062
HEIGHTS_M = (220_000.0, 200_000.0, 150_000.0, 120_000.0)


def state(altitude_km: float = 240.0) -> StateVector:
    return StateVector.circular(START, 1e3 * altitude_km, math.radians(51.64))


def body(mass_kg: float = 1_000.0):  # type: ignore[no-untyped-def]
    return start_body(0.02, mass_kg)


@lru_cache(maxsize=1)
def averaged() -> Lifetime:
    return lifetime(state(), body(), weather=WEATHER, altitudes_m=HEIGHTS_M)


@lru_cache(maxsize=1)
def numerical() -> Lifetime:
    return lifetime(state(), body(), weather=WEATHER, altitudes_m=HEIGHTS_M, engine="numerical")


def test_both_engines_give_the_same_dates() -> None:
    """Within one revolution: the averaged engine does not know in which of two the first touch falls, at most 0.5 % of a long life."""
    a, n = averaged(), numerical()
    assert a.status == n.status == "down"
    for height in HEIGHTS_M[1:]:
        ours, truth = a.days(height), n.days(height)
        assert ours is not None
        assert truth is not None
        assert ours == pytest.approx(truth, abs=REVOLUTION_DAYS)
    assert n.hand_over is None
    assert a.hand_over is not None
    assert [c.engine for c in a.crossings] == ["averaged", "averaged", "numerical", "numerical"]
    assert {c.engine for c in n.crossings} == {"numerical"}


def test_the_numerical_dates_are_those_of_its_own_path() -> None:
    """The first touch of 200 km is found again by flying there and asking for the height just before and after."""
    from stationkeeper.flight.engines.numerical import Forces, fly

    epoch = numerical().crossing(200_000.0).epoch
    assert epoch is not None
    forces = Forces(gravity_degree=8, tides=False, relativity=False)
    path = fly(state(), body(), epoch.plus_s(60.0), weather=WEATHER, forces=forces, output_step_s=10.0).trajectory
    before = path.times_tai_us < epoch.tai_us - 1_000
    heights = path.geodetic().height_m
    assert heights[before].min() > 200_000.0
    assert heights[~before].min() < 200_000.0


def test_it_ends_at_the_lowest_height_and_the_history_leads_there() -> None:
    for result in (averaged(), numerical()):
        last = result.crossings[-1]
        assert last.epoch == result.end
        assert result.lowest_height_m[-1] == pytest.approx(120_000.0, abs=3_000.0)
        assert result.times_tai_us[0] >= START.tai_us
        assert (np.diff(result.times_tai_us) > 0).all()
        rows = thin(result)
        assert rows[0] == 0
        assert rows[-1] == len(result.times_tai_us) - 1


def test_without_a_known_error_the_bounds_are_the_yardstick() -> None:
    a = averaged()
    assert a.bounds_basis == YARDSTICK
    best = a.crossing(150_000.0).epoch
    early, late = a.bounds(150_000.0)
    assert best is not None
    assert early is not None
    assert late is not None
    assert early.days_since(START) == pytest.approx(0.8 * best.days_since(START), rel=1e-9)
    assert late.days_since(START) == pytest.approx(1.2 * best.days_since(START), rel=1e-9)
    assert [m.density_model for m in a.members] == ["nrlmsis21"]


def test_a_known_error_gives_members_and_bounds() -> None:
    r = lifetime(state(), body(), weather=WEATHER, altitudes_m=HEIGHTS_M, drag_range=(0.8, 1.25))
    assert [m.name for m in r.members[1:]] == ["least drag", "most drag"]
    early, late = r.bounds(120_000.0)
    best = r.crossing(120_000.0).epoch
    assert early is not None
    assert late is not None
    assert best is not None
    # lifetime goes as one over the drag in constant weather, 2 % for the turning of the orbit in the day's bulge
    assert early.days_since(START) == pytest.approx(best.days_since(START) / 1.25, rel=0.02)
    assert late.days_since(START) == pytest.approx(best.days_since(START) / 0.8, rel=0.02)


def test_the_second_density_model_flies_averaged_to_the_end_and_says_so() -> None:
    r = lifetime(state(), body(), weather=WEATHER, altitudes_m=HEIGHTS_M, model="nrlmsis21")
    assert r.status == "down"
    assert r.hand_over is None
    assert any("nrlmsis21" in n for n in r.notes)
    other = averaged().members[0].crossings[-1].epoch
    ours = r.crossing(120_000.0).epoch
    assert ours is not None
    assert other is not None
    assert abs(ours - other) < 1.0  # the same flight, as a member and as the best


def test_being_up_at_the_end_is_a_result() -> None:
    short = SpaceWeather.fixed(150.0, 4.0, "2022-02-01", "2022-03-01")
    high = lifetime(state(400.0), body(), weather=short)
    assert high.status == "up"
    assert high.end_reason.startswith("the space weather ends")
    assert high.crossing(120_000.0).epoch is None
    assert high.bounds(120_000.0) == (None, None)
    stopped = lifetime(state(400.0), body(), weather=WEATHER, until=START.plus_days(10.0))
    assert stopped.end.days_since(START) == pytest.approx(10.0, abs=1e-6)
    assert stopped.end_reason.startswith("the time asked for")


def test_heights_above_the_start_have_no_date() -> None:
    for engine in ("averaged", "numerical"):
        r = lifetime(state(), body(), weather=WEATHER, altitudes_m=(300_000.0, 120_000.0), engine=engine, until=START.plus_days(1.0))  # type: ignore[arg-type]  # fmt: skip
        assert r.crossing(300_000.0).at_start
        assert r.crossing(300_000.0).epoch is None


def test_a_start_below_the_hand_over_is_flown_numerically() -> None:
    r = lifetime(state(185.0), body(), weather=WEATHER)
    assert r.status == "down"
    assert r.hand_over is None
    assert r.crossing(150_000.0).engine == "numerical"
    assert any("from the start" in n for n in r.notes)


def test_reboosts_use_what_the_rocket_equation_says() -> None:
    keep = KeepBand(300_000.0, 305_000.0, 30.0, 300.0)
    r = lifetime(state(310.0), body(), weather=WEATHER, keep=keep)
    without = lifetime(state(310.0), body(), weather=WEATHER)
    assert r.status == "down"
    assert r.used_kg == pytest.approx(30.0, rel=1e-9)
    assert r.dry == r.boosts[-1].epoch
    assert sum(b.propellant_kg for b in r.boosts) == pytest.approx(30.0, rel=1e-6)
    exhaust = STANDARD_GRAVITY_M_S2 * 300.0
    assert sum(b.delta_v_m_s for b in r.boosts) == pytest.approx(exhaust * math.log(1_000.0 / 970.0), rel=1e-6)
    # a burn lifts from below 300 km, where a day's end finds it (1.5 km are lost in a day), to 305 km: half the rise over a, times the speed
    speed = math.sqrt(GM_EARTH_M3_S2 / (EARTH_EQUATORIAL_RADIUS_M + 300_000.0))
    least = 0.5 * 5_000.0 / (EARTH_EQUATORIAL_RADIUS_M + 300_000.0) * speed
    assert least <= r.boosts[0].delta_v_m_s < 1.5 * least
    assert r.end_mass_kg == pytest.approx(970.0, abs=1e-6)
    longer, shorter = r.days(120_000.0), without.days(120_000.0)
    assert longer is not None
    assert shorter is not None
    assert longer > shorter + 20.0


def test_burns_are_flown_by_the_numerical_engine_alone() -> None:
    burn = FiniteBurn(START.plus_days(0.5), 60.0, 200.0, 300.0, 1, "up")
    short = {"weather": WEATHER, "until": START.plus_days(1.5), "altitudes_m": (120_000.0,), "burns": (burn,)}
    r = lifetime(state(), body(), engine="numerical", **short)  # type: ignore[arg-type]
    plain = lifetime(state(), body(), engine="numerical", **(short | {"burns": ()}))  # type: ignore[arg-type]
    # 12 m/s raise the mean altitude by 2 a dv / v = 20 km, and a day of stronger drag down there adds 5 to 10 km to the difference
    assert 20e3 < r.mean_altitude_m[-1] - plain.mean_altitude_m[-1] < 30e3
    assert r.end_mass_kg == pytest.approx(1_000.0 - burn.propellant_kg, abs=1e-9)
    with pytest.raises(InputError, match="averaged engine does not fly"):
        lifetime(state(), body(), **short)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"altitudes_m": (90_000.0,)}, "95 to 800 km"),
        ({"altitudes_m": ()}, "95 to 800 km"),
        ({"altitudes_m": (300_000.0,)}, "above 300 km"),
        ({"hand_over_m": 50_000.0}, "120 to 400 km"),
        ({"engine": "sgp4"}, "averaged or numerical"),
        ({"engine": "numerical", "model": "nrlmsis21"}, "the one model it has"),
        ({"until": START.plus_days(-1.0)}, "after the start"),
        ({"weather": SpaceWeather.fixed(150.0, 4.0, "2023-01-01", "2023-12-31")}, "within the space weather"),
        ({"engine": "numerical", "keep": KeepBand(2e5, 3e5, 1.0, 300.0)}, "flies the policy"),
        ({"drag_range": (1.1, 1.2)}, "a factor up to 1"),
    ],
)
def test_wrong_settings_are_input_errors(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        lifetime(state(), body(), **({"weather": WEATHER} | change))  # type: ignore[arg-type]


def test_wrong_bodies_and_orbits_are_input_errors() -> None:
    from dataclasses import replace

    with pytest.raises(InputError, match="without drag nothing comes down"):
        lifetime(state(), start_body(0.0), weather=WEATHER)
    with pytest.raises(InputError, match="nrlmsis21"):
        lifetime(state(), replace(body(), density_model="nrlmsis21"), weather=WEATHER)
    s = state(400.0)
    eccentric = StateVector(START, s.position_gcrf_m, 1.02 * s.velocity_gcrf_m_s)
    with pytest.raises(InputError, match="numerical"):
        lifetime(eccentric, body(), weather=WEATHER)
    with pytest.raises(InputError, match="Earth orientation"):
        lifetime(StateVector(Epoch.parse("2060-01-01T00:00:00Z"), s.position_gcrf_m, s.velocity_gcrf_m_s), body(), weather=SpaceWeather.fixed())  # fmt: skip
    for numbers in ((3e5, 2e5, 1.0, 300.0), (2e5, 3e5, -1.0, 300.0), (2e5, 3e5, 1.0, float("nan"))):
        with pytest.raises(InputError):
            KeepBand(*numbers)


def test_an_end_at_the_hand_over_is_an_end() -> None:
    at = averaged().hand_over
    assert at is not None
    r = lifetime(state(), body(), weather=WEATHER, altitudes_m=HEIGHTS_M, until=at)
    assert r.status == "up"
    assert r.end == at
    assert r.crossing(150_000.0).epoch is None


def test_dates_before_2000_are_dates() -> None:
    """Skylab's year: times before 2000 are below zero, and so is the mark for never."""
    start = Epoch.parse("1979-06-01T00:00:00Z")
    found = lifetime(
        StateVector.circular(start, 230e3, math.radians(50.0)), start_body(0.008), weather=SpaceWeather.observed(), engine="averaged"
    )  # fmt: skip
    dates = [c.epoch for c in found.crossings if c.altitude_m < 200e3]
    assert all(d is not None and start < d < start.plus_days(60.0) for d in dates)
    assert dates == sorted(d for d in dates if d is not None)
