"""The last minutes: point masses from about 120 km to the ground, a few at a time, as a simple ballistic range.

Model: gravity with J2, drag along the velocity relative to a turning atmosphere, a profile of NRLMSISE-00 over the place
where the fall begins, one mass over Cd times area per body down to a release height and another below it, the ground at
height 0 of WGS 84. Integrated by Runge-Kutta of order 4 at one second in the turning frame. Neglected: lift, winds, the
change of Cd from free molecules to hypersonic to subsonic flow, loss of mass, the horizontal change of the air.
Validation status: checked against closed forms and a halved step (tests/reentry/test_deorbit.py).

References
----------
Picone et al., NRLMSISE-00 (2002). Source key: nrlmsise-00.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
    J2_EARTH,
)
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import gcrf_to_itrf_state, geodetic
from stationkeeper.environment.atmosphere.msis import density_kg_m3
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.state import StateVector

Floats = NDArray[np.float64]
_STEP_S = 1.0
_LONGEST_S = 7_200.0
_PROFILE_M = np.linspace(0.0, 200_000.0, 401)


@dataclass(frozen=True)
class Fallen:
    """Where and when n bodies came down.

    Parameters
    ----------
    seconds : (n,) from the start; nan for a body that had not come down after two hours or left again above 200 km.
    latitude_rad, longitude_rad : (n,) geodetic, on the ground.
    speed_m_s : (n,) relative to the ground.
    passed_s : when each height that was asked for was first passed downwards, (n, heights); nan for never.
    """

    seconds: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    speed_m_s: Floats
    passed_s: Floats


def fall(
    state: StateVector,
    weather: SpaceWeather,
    whole_kg_m2: float,
    release_m: ArrayLike,
    piece_kg_m2: ArrayLike,
    *,
    heights_m: ArrayLike = (),
    step_s: float = _STEP_S,
) -> Fallen:
    """Let n bodies fall from one state, together down to each one's release height, then each by itself.

    Parameters
    ----------
    state : osculating, GCRF, at or below 150 km.
    weather : indices for the density profile.
    whole_kg_m2 : mass over Cd times area of the whole.
    release_m, piece_kg_m2 : (n,) height at which a piece parts, and its mass over Cd times area.
    heights_m : heights whose passing is wanted.
    """
    release, piece = np.broadcast_arrays(
        np.atleast_1d(np.asarray(release_m, dtype=np.float64)), np.atleast_1d(np.asarray(piece_kg_m2, dtype=np.float64))
    )
    n, wanted = len(release), np.atleast_1d(np.asarray(heights_m, dtype=np.float64))
    position, velocity = gcrf_to_itrf_state(state.epoch, state.position_gcrf_m, state.velocity_gcrf_m_s)
    logs = _profile(state.epoch, position, weather)
    y = np.tile(np.concatenate([position[0], velocity[0]]), (n, 1))
    seconds, latitude, longitude, speed = (np.full(n, np.nan) for _ in range(4))
    out = Fallen(seconds, latitude, longitude, speed, np.full((n, len(wanted)), np.nan))
    passed, t = out.passed_s, 0.0
    free = np.zeros(n, dtype=bool)
    falling = np.ones(n, dtype=bool)
    height = _height(y)
    while falling.any() and t < _LONGEST_S:
        free |= height < release
        ratio = np.where(free, piece, whole_kg_m2)
        after = _step(y, ratio, logs, step_s)
        lower = _height(after)
        for k, h in enumerate(wanted):
            hit = falling & (height >= h) & (lower < h) & np.isnan(passed[:, k])
            passed[hit, k] = t + step_s * (height[hit] - h) / (height[hit] - lower[hit])
        down = falling & (lower <= 0.0)
        if down.any():
            part = height[down] / (height[down] - lower[down])
            at = y[down] + part[:, None] * (after[down] - y[down])
            place = geodetic(at[:, :3])
            out.seconds[down], out.speed_m_s[down] = t + part * step_s, np.linalg.norm(at[:, 3:], axis=1)
            out.latitude_rad[down], out.longitude_rad[down] = place.latitude_rad, place.longitude_rad
        falling &= (lower > 0.0) & (lower < _PROFILE_M[-1])
        y, height, t = np.where(falling[:, None], after, y), np.where(falling, lower, height), t + step_s
    return out


def _height(y: Floats) -> Floats:
    return np.asarray(geodetic(y[:, :3]).height_m)


def _profile(epoch: Epoch, position_itrf_m: Floats, weather: SpaceWeather) -> Floats:
    """Logarithm of the density at the heights of the table, over one place."""
    place = geodetic(position_itrf_m)
    n = len(_PROFILE_M)
    lat, lon = (np.full(n, float(x[0])) for x in (place.latitude_rad, place.longitude_rad))
    return np.log(density_kg_m3(epoch, lat, lon, _PROFILE_M, weather))


def _rates(y: Floats, ratio: Floats, logs: Floats) -> Floats:
    r, v = y[:, :3], y[:, 3:]
    radius = np.linalg.norm(r, axis=1)[:, None]
    height = _height(y)
    density = np.where(height < _PROFILE_M[-1], np.exp(np.interp(height, _PROFILE_M, logs)), 0.0)
    z2 = (r[:, 2:] / radius) ** 2
    k = 1.5 * J2_EARTH * (EARTH_EQUATORIAL_RADIUS_M / radius) ** 2
    factor = np.hstack([1.0 + k * (1.0 - 5.0 * z2)] * 2 + [1.0 + k * (3.0 - 5.0 * z2)])
    spin = EARTH_ROTATION_RATE_RAD_S
    a = -GM_EARTH_M3_S2 * r / radius**3 * factor
    a -= (0.5 * density / ratio * np.linalg.norm(v, axis=1))[:, None] * v
    a[:, 0] += 2.0 * spin * v[:, 1] + spin**2 * r[:, 0]
    a[:, 1] += -2.0 * spin * v[:, 0] + spin**2 * r[:, 1]
    return np.hstack([v, a])


def _step(y: Floats, ratio: Floats, logs: Floats, h: float) -> Floats:
    """Runge-Kutta of order 4."""
    a = _rates(y, ratio, logs)
    b = _rates(y + 0.5 * h * a, ratio, logs)
    c = _rates(y + 0.5 * h * b, ratio, logs)
    d = _rates(y + h * c, ratio, logs)
    return np.asarray(y + h / 6.0 * (a + 2.0 * b + 2.0 * c + d))
