"""States and their elements."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.flight.state import StateVector

AT = Epoch.parse("2022-02-24T00:00:00Z")


@given(
    st.floats(200e3, 2_000e3),
    st.floats(0.01, math.pi - 0.01),
    st.floats(0.0, math.tau, exclude_max=True),
    st.floats(0.0, math.tau, exclude_max=True),
)
def test_elements_of_a_circle_come_back(altitude: float, inclination: float, raan: float, latitude: float) -> None:
    state = StateVector.circular(AT, altitude, inclination, raan, latitude)
    assert state.semi_major_axis_m == pytest.approx(EARTH_EQUATORIAL_RADIUS_M + altitude, rel=1e-12)
    assert state.eccentricity < 1e-12
    assert state.inclination_rad == pytest.approx(inclination, abs=1e-9)
    for got, put in ((state.raan_rad, raan), (state.argument_of_latitude_rad, latitude)):
        assert math.remainder(got - put, math.tau) == pytest.approx(0.0, abs=1e-7)


def test_elements_of_an_ellipse() -> None:
    v = math.sqrt(3.986004415e14 * (2.0 / 6.7e6 - 1.0 / 7.0e6))
    state = StateVector(AT, [6.7e6, 0.0, 0.0], [0.0, v * math.cos(0.9), v * math.sin(0.9)])
    assert state.semi_major_axis_m == pytest.approx(7.0e6)
    assert state.eccentricity == pytest.approx(0.3 / 7.0)
    assert state.perigee_altitude_m == pytest.approx(6.7e6 - EARTH_EQUATORIAL_RADIUS_M)
    assert state.apogee_altitude_m == pytest.approx(7.3e6 - EARTH_EQUATORIAL_RADIUS_M)
    assert state.period_s == pytest.approx(5828.5, abs=0.1)


@pytest.mark.parametrize(
    ("position", "velocity", "says"),
    [
        ([6e6, 0.0, 0.0], [0.0, 7e3, 0.0], "outside the Earth"),
        ([7e6, 0.0, 0.0], [0.0, 12e3, 0.0], "escape speed"),
        ([math.nan, 0.0, 0.0], [0.0, 7e3, 0.0], "three finite numbers"),
        ([7e6, 0.0], [0.0, 7e3, 0.0], "three finite numbers"),
    ],
)
def test_what_is_no_orbit_is_refused(position: list[float], velocity: list[float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        StateVector(AT, position, velocity)  # type: ignore[arg-type]


def test_a_state_cannot_be_changed(station_state: StateVector) -> None:
    with pytest.raises(ValueError, match="read-only"):
        station_state.position_gcrf_m[0] = 0.0
    assert np.linalg.norm(station_state.position_gcrf_m) == pytest.approx(6_803_080.0, abs=20e3)
