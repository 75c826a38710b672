"""What must hold for every body that comes down: more drag never later, a later change or a higher start never earlier."""

import math
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.entry import AS_FITTED, AttitudePhase, Falling, predict

START = Epoch.parse("2022-02-24T00:00:00Z")
WEATHER = SpaceWeather.fixed(150.0, 4.0)
ORBIT = MeanOrbit.analytic(StateVector.circular(START, 245_000.0, math.radians(51.64)))
FALLING = Falling(ORBIT, 1_000.0, (0.02, 0.10))
HALF_A_REVOLUTION_US = 45 * 60e6
"""Of two bodies the lower one can enter later by this: over a pole, while the other one passes the bulge of the equator."""
few_examples = settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def entries(falling: Falling, **changes: object) -> NDArray[np.int64]:
    """Entry times of a few members in fixed weather."""
    found = predict(falling, members=3, weather=WEATHER, numerical_median=False, **changes)  # type: ignore[arg-type]
    assert found.not_down == 0
    return found.entry_tai_us


@few_examples
@given(st.floats(0.01, 0.1), st.floats(1.02, 3.0), st.integers(0, 5))
def test_more_drag_is_never_later(drag: float, times: float, seed: int) -> None:
    a, b = (replace(FALLING, cdam_m2_kg=(c, 0.1)) for c in (drag, times * drag))
    assert (entries(b, seed=seed) <= entries(a, seed=seed) + HALF_A_REVOLUTION_US).all()


@few_examples
@given(st.floats(0.0, 3.0), st.floats(0.0, 2.0), st.floats(1.0, 4.0))
def test_a_later_change_to_more_drag_is_never_earlier(first: float, more: float, ratio: float) -> None:
    def changing(days: float) -> Falling:
        phase = AttitudePhase("tumbling", Range.exact(ratio), since=START.plus_days(days))
        return replace(FALLING, attitude=(AS_FITTED, phase))

    assert (entries(changing(first + more)) >= entries(changing(first)) - HALF_A_REVOLUTION_US).all()


@few_examples
@given(st.floats(225e3, 245e3), st.floats(0.0, 15e3))
def test_a_higher_start_is_never_earlier(height_m: float, more_m: float) -> None:
    def from_height(h: float) -> Falling:
        return replace(FALLING, start=replace(ORBIT, semi_major_axis_m=6_378_137.0 + h))

    assert (entries(from_height(height_m + more_m)) >= entries(from_height(height_m)) - HALF_A_REVOLUTION_US).all()
