"""The plain orbit: against published states and rates."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import eme2000_to_gcrf
from stationkeeper.core.orbit import Orbit
from stationkeeper.core.ranges import Range

# NASA's ephemeris of 2022-02-11 (source R40 of the ISS data), EME2000
POSITION = eme2000_to_gcrf(np.array([-4945.2048874258298, -3625.9704508659102, -2944.7433487186099]) * 1e3).ravel()
VELOCITY = eme2000_to_gcrf(np.array([1.19203952554952, -5.67286420497775, 4.99593211898374]) * 1e3).ravel()
STATE = Orbit.of_state(Epoch.parse("2022-02-11T12:00:00Z"), POSITION, VELOCITY, 6_796_233.7, "NASA")


def test_plane_and_place_of_the_state() -> None:
    r, v = STATE.states_gcrf([STATE.epoch])
    # the circle passes through the direction of the state; its radius differs by the eccentricity
    assert np.linalg.norm(r[0] / np.linalg.norm(r[0]) - POSITION / np.linalg.norm(POSITION)) < 1e-9
    assert np.linalg.norm(np.cross(r[0], v[0]) @ VELOCITY) / np.linalg.norm(np.cross(r[0], v[0])) < 1e-6


def test_node_turns_by_five_degrees_a_day() -> None:
    """An element set of 2022-02-24T02:39:55Z (Space-Track) has the node at 176.183 degrees, GCRF."""
    later = STATE.at(Epoch.parse("2022-02-24T02:39:55Z"))
    # a fifth of a degree: the rate is that of 418.1 km, the flight sank to 417.5
    assert math.degrees(later.raan_rad) == pytest.approx(176.183, abs=0.2)


def test_period() -> None:
    # element sets of February 2022: 15.495 revolutions a day from perigee to perigee, which itself moves on by 3.7 degrees a day
    assert 86_400.0 / STATE.period_s == pytest.approx(15.495 + 3.7 / 360.0, abs=0.005)


def test_ranges_bound() -> None:
    a, b = Range(2.0, 1.0, 3.0), Range(4.0, 2.0, 8.0)
    assert a.times(b) == Range(8.0, 2.0, 24.0)
    assert a.over(b) == Range(0.5, 0.125, 1.5)
    assert a - b == Range(-2.0, -7.0, 1.0)
    assert a.scaled(-1.0) == Range(-2.0, -3.0, -1.0)
    assert Range.exact(1.0).over(Range(0.5, 0.0, 1.0)).high == math.inf
    assert Range.total([a, b]) == Range(6.0, 3.0, 11.0)
    with pytest.raises(ValueError, match="not a range"):
        Range(1.0, 2.0, 3.0)
