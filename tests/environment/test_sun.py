"""Sun, Moon, shadow and beta angle."""

import math

import numpy as np
import pytest

from stationkeeper.core.constants import ASTRONOMICAL_UNIT_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.sun import beta_angle_rad, moon_position_gcrf_m, sun_position_gcrf_m, sunlit_fraction

SOLSTICE = Epoch.parse("2022-06-21T09:13:51Z")


def test_the_sun_stands_highest_at_the_solstice() -> None:
    sun = sun_position_gcrf_m(SOLSTICE)[0]
    assert math.degrees(math.asin(sun[2] / np.linalg.norm(sun))) == pytest.approx(23.44, abs=0.01)
    assert np.linalg.norm(sun) / ASTRONOMICAL_UNIT_M == pytest.approx(1.0163, abs=0.0003)


def test_moon_covers_the_sun_in_the_total_eclipse_of_2017() -> None:
    """Greatest eclipse 2017-08-21T18:25:32 UTC: seen from the centre of the Earth the two are 0.43 degrees apart at most."""
    at = Epoch.parse("2017-08-21T18:25:32Z")
    sun, moon = sun_position_gcrf_m(at)[0], moon_position_gcrf_m(at)[0]
    apart = math.degrees(math.acos(sun @ moon / np.linalg.norm(sun) / np.linalg.norm(moon)))
    assert apart < 0.5
    assert 356e6 < np.linalg.norm(moon) < 407e6


def test_shadow() -> None:
    sun = sun_position_gcrf_m(SOLSTICE)[0]
    toward = sun / np.linalg.norm(sun)
    side = np.cross(toward, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    # terminator seen from 420 km: the Earth's disc of 70 degrees; the Sun is half covered when its centre is on the limb
    half = math.asin(6_378_137.0 / 6_798_137.0)
    places = [6_798_137.0 * x for x in (toward, -toward, side, -toward * math.cos(half) + side * math.sin(half))]
    fraction = sunlit_fraction([SOLSTICE] * 4, places)
    assert fraction[:3].tolist() == [1.0, 0.0, 1.0]
    assert fraction[3] == pytest.approx(0.5, abs=0.25)  # side lies off the equator: the flattening matters


def test_a_station_is_dark_for_about_36_minutes_of_an_orbit_in_the_ecliptic() -> None:
    normal = np.cross(sun_position_gcrf_m(SOLSTICE)[0], [1.0, 0.0, 0.0])
    a = np.array([1.0, 0.0, 0.0])
    b = np.cross(normal, a)
    b /= np.linalg.norm(b)
    angle = np.linspace(0.0, math.tau, 5_000)
    orbit = 6_798_137.0 * (np.cos(angle)[:, None] * a + np.sin(angle)[:, None] * b)
    dark = 1.0 - sunlit_fraction([SOLSTICE] * 5_000, orbit).mean()
    assert dark * 92.9 == pytest.approx(36.0, abs=0.6)


def test_beta_angle_is_ninety_degrees_where_the_sun_stands_over_the_plane() -> None:
    sun = sun_position_gcrf_m(SOLSTICE)[0]
    r = np.cross(sun, [0.0, 0.0, 1.0])
    v = np.cross(sun, r)
    assert math.degrees(beta_angle_rad(SOLSTICE, r, v)[0]) == pytest.approx(90.0)
    assert math.degrees(beta_angle_rad(SOLSTICE, r, sun)[0]) == pytest.approx(0.0, abs=1e-9)
