"""The three ways to tell the state of an entry."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stationkeeper.core.constants import EARTH_ROTATION_RATE_RAD_S
from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import geodetic
from stationkeeper.reentry.entry_state import entry_state


def test_the_frames_are_three_ways_to_say_the_same() -> None:
    lat, lon, az, v, g = 0.6, 1.1, 0.8, 7840.0, -0.004
    x, fixed = entry_state(1, v, g, (lat, lon), az, "inertial")
    turning = EARTH_ROTATION_RATE_RAD_S * np.stack([-x[1], x[0], np.zeros(1)])
    inertial = fixed + turning
    assert float(np.linalg.norm(inertial)) == pytest.approx(v)
    vertical = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])

    def told(velocity: np.ndarray, up: np.ndarray) -> tuple[float, float, float]:
        speed = float(np.linalg.norm(velocity))
        north = np.cross(up, east)
        return (
            speed,
            math.asin(float(up @ velocity) / speed),
            math.atan2(float(east @ velocity), float(north @ velocity)),
        )

    for frame, velocity, up in (
        ("radial", inertial[:, 0], x[:, 0] / np.linalg.norm(x[:, 0])),
        ("earth-fixed", fixed[:, 0], vertical),
    ):
        speed, angle, heading = told(velocity, up)
        again = entry_state(1, speed, angle, (lat, lon), heading, frame)  # type: ignore[arg-type]
        assert again[1][:, 0] == pytest.approx(fixed[:, 0], abs=1e-6)
        # the geodetic and the geocentric horizon differ by 0.003 rad here, more than the angle of a decay
        assert frame != "radial" or abs(angle - g) > 0.001


def test_it_is_120_km_above_the_ellipsoid() -> None:
    x, _ = entry_state(3, 7836.0, -0.002, ([-0.8, 0.0, 0.9], [0.0, 2.0, -3.0]), 1.0, "inertial")
    place = geodetic(x.T)
    assert place.height_m == pytest.approx(120_000.0, abs=1.0)
    assert place.latitude_rad == pytest.approx([-0.8, 0.0, 0.9])


def test_a_speed_that_no_orbit_gives_is_refused() -> None:
    with pytest.raises(InputError, match="earth-fixed"):
        entry_state(1, 7500.0, -0.002, (0.0, 0.0), 0.7, "inertial")
    entry_state(1, 7500.0, -0.002, (0.0, 0.0), 0.7, "earth-fixed")
