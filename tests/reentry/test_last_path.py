"""The last revolutions: against the numerical engine, heights on the way, daily drag, and where they begin."""

import math

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import gcrf_to_itrf
from stationkeeper.environment.atmosphere.msis import DensityModel
from stationkeeper.environment.space_weather import Indices, SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.engines.numerical import Forces, fly
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.last_path import Fallen, earth_angle_rad, fly_down, hand_over_m, typical_air

START = Epoch.parse("2022-02-24T00:00:00Z")
WEATHER = SpaceWeather.fixed(150.0, 4.0)
ENTRY_M = 120_000.0


def fall(drag_m2_kg: list[float] | list[list[float]], altitude_m: float = 140_000.0, **settings: object) -> Fallen:
    """Bodies from the same circular orbit."""
    n = len(drag_m2_kg)
    state = StateVector.circular(START, altitude_m, math.radians(51.64))
    now = np.full(n, START.tai_us)
    r, v = (np.tile(x, (n, 1)) for x in (state.position_gcrf_m, state.velocity_gcrf_m_s))
    return fly_down(now, r, v, np.array(drag_m2_kg), WEATHER.indices_at(now), **settings)  # type: ignore[arg-type]


def test_the_last_path_against_the_numerical_engine() -> None:
    state = StateVector.circular(START, 160_000.0, math.radians(51.64))
    forces = Forces(gravity_degree=4, gravity_order=0, sun=False, moon=False, tides=False, relativity=False)
    flight = fly(state, Body(1_000.0, 20.0, 1.0), START.plus_days(5.0), weather=WEATHER, forces=forces, floor_m=ENTRY_M)
    now = np.array([START.tai_us])
    fallen = fly_down(
        now, state.position_gcrf_m[None], state.velocity_gcrf_m_s[None], np.array([0.02]), WEATHER.indices_at(now)
    )
    life_s = flight.end_state.epoch - START
    # the same forces; measured 0.018 % of the life: the air of the step's middle, steps of 60 s
    assert (int(fallen.tai_us[0]) - START.tai_us) / 1e6 == pytest.approx(life_s, rel=1e-3)
    apart = np.linalg.norm(fallen.position_gcrf_m[0] - flight.end_state.position_gcrf_m)
    assert apart < 1e-3 * life_s * 7_800.0


def test_earth_angle_is_that_of_the_frames() -> None:
    now = np.array([START.tai_us])
    turned = gcrf_to_itrf(now, [[7e6, 0.0, 0.0]])[0]
    # right ascension 0 less the Earth's angle; the intermediate origin is within 1e-5 of GCRF's x axis up to 2100's precession terms
    away = math.remainder(math.atan2(turned[1], turned[0]) + float(earth_angle_rad(now)[0]), 2.0 * math.pi)
    assert abs(away) < 1e-5


def test_bodies_do_not_know_each_other() -> None:
    drags = [0.005, 0.02, 0.08]
    together, alone = fall(drags), fall(drags[1:2])
    assert together.tai_us[1] == alone.tai_us[0]
    assert (np.diff(together.tai_us) < 0).all()  # more drag, sooner


def test_heights_on_the_way_are_dated_where_they_are_passed() -> None:
    fallen = fall([0.02], heights_m=(150_000.0, 130_000.0, 121_000.0, 100_000.0))
    first, second, last, never = fallen.passed_tai_us[0]
    assert first == START.tai_us  # below it from the start
    assert START.tai_us < second < last < fallen.tai_us[0]
    assert never == -1
    lower = fall([0.02], height_m=130_000.0)
    # the date is linear within a step of at most 60 s
    assert abs(int(second) - int(lower.tai_us[0])) < 30e6


def test_drag_of_a_day_holds_on_that_day() -> None:
    assert len(set(fall([[0.02, 0.02], [0.02, 0.2]]).tai_us)) == 1  # down on the first day
    state = StateVector.circular(START.plus_s(-600.0), 140_000.0, math.radians(51.64))
    now = np.full(3, state.epoch.tai_us)
    r, v = (np.tile(x, (3, 1)) for x in (state.position_gcrf_m, state.velocity_gcrf_m_s))
    drags = np.array([[0.02, 0.02], [0.02, 0.08], [0.08, 0.08]])
    low, changed, high = fly_down(now, r, v, drags, WEATHER.indices_at(now)).tai_us
    assert high < changed < low


def test_none_is_none() -> None:
    nothing = np.empty((0, 3))
    indices = Indices(np.empty(0), np.empty(0), np.empty((0, 7)))
    fallen = fly_down(np.empty(0, dtype=np.int64), nothing, nothing, np.empty(0), indices, heights_m=(130_000.0,))
    assert len(fallen.tai_us) == 0
    assert fallen.passed_tai_us.shape == (0, 1)


def test_heavy_bodies_are_averaged_further_down() -> None:
    drags = np.array([1e-4, 0.003, 0.012, 0.04, 0.3])
    levels = hand_over_m(drags)
    assert (np.diff(levels) >= 0.0).all()
    assert levels[0] == 130_000.0
    assert levels[-1] == 200_000.0
    # a station of 0.012 m2/kg: 2 pi rho B a^2 is 5 km or more at 150 km, less at 160 km
    heights, density, _ = typical_air("nrlmsise00")
    sink = [
        2 * math.pi * math.exp(np.interp(h, heights, density)) * 0.012 * (6_378_137.0 + h) ** 2 for h in (150e3, 160e3)
    ]
    assert sink[0] > 5_000.0 > sink[1]
    assert levels[2] == 150_000.0


@pytest.mark.parametrize("model", ["nrlmsise00", "nrlmsis21"])
def test_typical_air_gets_thinner_and_its_scale_longer(model: DensityModel) -> None:
    heights, density, scale = typical_air(model)
    up = (heights >= 110_000.0) & (heights <= 250_000.0)
    assert (np.diff(density) < 0.0).all()
    assert (np.diff(scale[up]) > 0.0).all()
