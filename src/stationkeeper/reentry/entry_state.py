"""The state of an entry at 120 km from its speed, angle and heading, in whichever frame they are told.

Validation status: checked (tests/reentry/test_entry_state.py).
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_FLATTENING,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
)
from stationkeeper.core.errors import InputError
from stationkeeper.reentry.ballistic import Floats

ENTRY_HEIGHT_M: Final = 120_000.0
Frame = Literal["inertial", "radial", "earth-fixed"]
"""What speed, angle and heading are relative to.

``inertial``: the inertial velocity against the geodetic horizon, as :class:`stationkeeper.reentry.entry.EntryForecast` gives it.
``radial``: the inertial velocity against the plane normal to the radius, as Kepler's formulas give it.
``earth-fixed``: the velocity over the turning Earth against the geodetic horizon.
"""
LOWEST_PERIGEE_M: Final = -500_000.0
"""Height of the perigee below which nothing comes from an orbit (a burn of more than some 250 m/s): such a speed must be relative to
the ground."""


def entry_state(
    members: int,
    speed: ArrayLike,
    angle: ArrayLike,
    place: tuple[ArrayLike, ArrayLike],
    azimuth: ArrayLike,
    frame: Frame,
) -> tuple[Floats, Floats]:
    """Earth-fixed position and velocity (3, n) at 120 km over a geodetic latitude and longitude."""
    v, g, lat, lon, az = (np.broadcast_to(np.asarray(a, np.float64), members) for a in (speed, angle, *place, azimuth))
    e2 = EARTH_FLATTENING * (2.0 - EARTH_FLATTENING)
    n = EARTH_EQUATORIAL_RADIUS_M / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
    flat = (n + ENTRY_HEIGHT_M) * np.cos(lat)
    x = np.stack([flat * np.cos(lon), flat * np.sin(lon), (n * (1.0 - e2) + ENTRY_HEIGHT_M) * np.sin(lat)])
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    if frame == "radial":
        up = x / np.sqrt((x**2).sum(axis=0))
    east = np.stack([-np.sin(lon), np.cos(lon), np.zeros(members)])
    north = np.cross(up, east, axis=0)
    out = v * (np.sin(g) * up + np.cos(g) * (np.sin(az) * east + np.cos(az) * north))
    turning = EARTH_ROTATION_RATE_RAD_S * np.stack([-x[1], x[0], np.zeros(members)])
    inertial = out + turning if frame == "earth-fixed" else out
    perigee = _perigee_radius_m(x, inertial) - EARTH_EQUATORIAL_RADIUS_M
    if perigee.min() < LOWEST_PERIGEE_M:
        raise InputError.one(
            "break-up", "entry_speed_m_s", f"{float(v.min()):.0f} m/s ({frame}), from an orbit with its perigee at {perigee.min() / 1e3:.0f} km",
            "the speed of something that was in orbit", 'Give the inertial speed, or say frame="earth-fixed" if it is relative to the ground.',
        )  # fmt: skip
    return x, inertial - turning


def _perigee_radius_m(x: Floats, v: Floats) -> Floats:
    """Distance of the perigee of the Kepler orbits of inertial states (3, n)."""
    energy = 0.5 * (v**2).sum(axis=0) - GM_EARTH_M3_S2 / np.sqrt((x**2).sum(axis=0))
    parameter = (np.cross(x, v, axis=0) ** 2).sum(axis=0) / GM_EARTH_M3_S2
    e = np.sqrt(np.maximum(1.0 + 2.0 * energy * parameter / GM_EARTH_M3_S2, 0.0))
    return np.asarray(parameter / (1.0 + e))
