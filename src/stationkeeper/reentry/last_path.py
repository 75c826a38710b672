"""The last revolutions of many bodies at once: from about 150 km to the height at which they enter.

Where a body enters depends on its place in the orbit, which the averaged engine neglects near the end. Here each member is one
point in space: a Runge-Kutta path of order 4 with steps of :data:`STEP_S` seconds, all members side by side.

Model: gravity of the sphere, J2, J3 and J4; drag in air that turns with the Earth, with the density of the MSIS model itself once
in each step (at its middle, with the local scale height inside it), the indices of the start, and one factor on the density for
each member. The pole is the true pole of the start; polar motion is left out. Neglected: tesserals, Sun and Moon (tens of metres in the hours
this lasts), lift, winds, change of the indices on the way.

Error: :func:`stationkeeper.reentry.entry.predict` flies the median member with the numerical engine too and gives the difference.
Validation status: checked against the numerical engine (tests/reentry/test_entry.py).

References
----------
Vallado, Fundamentals of Astrodynamics, section 8.6 (zonal accelerations). Source key: vallado. Zonal coefficients: EGM2008. Source
key: egm2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
    J2_EARTH,
)
from stationkeeper.core.frames import earth_orientation, gcrf_to_cirs_matrix, geodetic
from stationkeeper.core.time_arrays import DAY_US, TimesUs, utc_datetime64
from stationkeeper.environment.atmosphere.msis import DensityModel, density_at_indices_kg_m3
from stationkeeper.environment.space_weather import Indices

Floats = NDArray[np.float64]
STEP_S: Final = 20.0
LONGEST_S: Final = 10 * 86_400.0
_J3: Final = -2.53241e-6
_J4: Final = -1.61990e-6
_SCALE_OVER_M: Final = 500.0
_LOWEST_M: Final = 60_000.0


@dataclass(frozen=True, eq=False)
class Fallen:
    """Where each body passes the height.

    Parameters
    ----------
    tai_us : (n,) when; -1 where it did not within :data:`LONGEST_S`.
    position_gcrf_m, velocity_gcrf_m_s : (n, 3) there; NaN where it did not.
    latitude_rad, longitude_rad : (n,) geodetic, longitude from -pi to pi.
    speed_m_s, flight_path_angle_rad, azimuth_rad : (n,) of the inertial velocity: its size, its angle above the local (geodetic)
        horizon (below: negative), its direction clockwise from north, 0 to 2 pi.
    """

    tai_us: TimesUs
    position_gcrf_m: Floats
    velocity_gcrf_m_s: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    speed_m_s: Floats
    flight_path_angle_rad: Floats
    azimuth_rad: Floats


def fly_down(
    start_tai_us: TimesUs,
    position_gcrf_m: Floats,
    velocity_gcrf_m_s: Floats,
    drag_m2_kg: Floats,
    indices: Indices,
    *,
    height_m: float = 120_000.0,
    model: DensityModel = "nrlmsise00",
) -> Fallen:
    """Fly n bodies down to a geodetic height.

    Parameters
    ----------
    start_tai_us : (n,) start of each.
    position_gcrf_m, velocity_gcrf_m_s : (n, 3) osculating.
    drag_m2_kg : (n,) density factor * Cd * A / m.
    indices : F10.7, its mean and the ap history of each, n rows.
    height_m : where they stop.
    model : density model.
    """
    n = len(start_tai_us)
    to_cirs = gcrf_to_cirs_matrix(start_tai_us) if n else np.empty((0, 3, 3))
    r, v = (np.einsum("nij,nj->ni", to_cirs, x) for x in (position_gcrf_m, velocity_gcrf_m_s))
    elapsed = np.zeros(n)
    angle = earth_angle_rad(start_tai_us)
    down = np.zeros(n, dtype=bool)
    live = np.arange(n)
    while len(live) and elapsed[live].max() < LONGEST_S:
        air = _Air(start_tai_us[live], angle[live], drag_m2_kg[live], indices, live, model)
        before = _height(r[live], angle[live], elapsed[live])
        dt = np.full(len(live), STEP_S)
        middle = air.at_middle(r[live], v[live], elapsed[live], dt)
        r1, v1 = _step(r[live], v[live], dt, middle)
        after = _height(r1, angle[live], elapsed[live] + dt)
        through = after <= height_m
        if through.any():
            # the part of the step up to the height, by false position
            k, sunk = live[through], np.maximum(before - after, 1e-9)[through]
            own = (middle[0][through], middle[1][through], middle[2][through])
            part = np.ones(len(live))
            share = np.clip((before[through] - height_m) / sunk, 0.0, 1.0)
            for _ in range(5):
                r1[through], v1[through] = _step(r[k], v[k], dt[through] * share, own)
                miss = _height(r1[through], angle[k], elapsed[k] + dt[through] * share) - height_m
                part[through] = share
                share = np.clip(share + miss / sunk, 0.0, 1.0)
            dt = np.where(through, dt * part, dt)
        r[live], v[live] = r1, v1
        elapsed[live] += dt
        down[live[through]] = True
        live = live[~through]
    return _fallen(start_tai_us, to_cirs, r, v, elapsed, angle, down)


def earth_angle_rad(tai_us: TimesUs) -> Floats:
    """Earth rotation angle, shape (n,); beyond the Earth orientation table UT1 stays at its last offset (some hundred metres a year)."""
    eop = earth_orientation()
    ut1_us = tai_us - (2_451_545 - 2_451_544.5) * DAY_US + np.interp(tai_us, eop.times, eop.ut1_minus_tai_s) * 1e6
    days = ut1_us / DAY_US
    return np.asarray(2.0 * np.pi * np.mod(0.7790572732640 + 0.00273781191135448 * days + np.mod(days, 1.0), 1.0))


def _fixed(r: Floats, angle: Floats, elapsed_s: Floats) -> Floats:
    """CIRS to the turning Earth."""
    a = angle + EARTH_ROTATION_RATE_RAD_S * elapsed_s
    c, s = np.cos(a), np.sin(a)
    return np.stack([c * r[:, 0] + s * r[:, 1], c * r[:, 1] - s * r[:, 0], r[:, 2]], axis=1)


def _height(r: Floats, angle: Floats, elapsed_s: Floats) -> Floats:
    return np.asarray(geodetic(_fixed(r, angle, elapsed_s)).height_m)


def _step(r: Floats, v: Floats, dt: Floats, air: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """One step of order 4."""
    h = dt[:, None]
    a1 = _acceleration(r, v, air)
    v2 = v + 0.5 * h * a1
    a2 = _acceleration(r + 0.5 * h * v, v2, air)
    v3 = v + 0.5 * h * a2
    a3 = _acceleration(r + 0.5 * h * v2, v3, air)
    v4 = v + h * a3
    a4 = _acceleration(r + h * v3, v4, air)
    return r + h / 6.0 * (v + 2.0 * v2 + 2.0 * v3 + v4), v + h / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)


def _acceleration(r: Floats, v: Floats, air: tuple[Floats, Floats, Floats]) -> Floats:
    drag, level, scale = air
    radius = np.linalg.norm(r, axis=1)
    z = r[:, 2] / radius
    q = EARTH_EQUATORIAL_RADIUS_M / radius
    pull = -GM_EARTH_M3_S2 / radius**3
    j2, j3, j4 = 1.5 * J2_EARTH * q**2, 2.5 * _J3 * q**3, 1.875 * _J4 * q**4
    # the radial factor of all axes, and what the polar axis has on top
    common = 1.0 + j2 * (1.0 - 5.0 * z**2) + j3 * z * (3.0 - 7.0 * z**2) - j4 * (1.0 - 14.0 * z**2 + 21.0 * z**4)
    polar = j2 * 2.0 * z + j3 * (3.0 * z**2 - 0.6) - j4 * z * (4.0 - 28.0 / 3.0 * z**2)
    out = (pull * common)[:, None] * r
    out[:, 2] += pull * radius * polar
    relative = v.copy()
    relative[:, 0] += EARTH_ROTATION_RATE_RAD_S * r[:, 1]
    relative[:, 1] -= EARTH_ROTATION_RATE_RAD_S * r[:, 0]
    # height above the reference ellipsoid to first order in its flattening: only its change inside the step matters
    height = radius - EARTH_EQUATORIAL_RADIUS_M * (1.0 - z**2 / 298.257223563)
    density = np.exp(np.clip(-(height - level) / scale, -5.0, 5.0))
    return np.asarray(out - (0.5 * drag * density * np.linalg.norm(relative, axis=1))[:, None] * relative)


class _Air:
    """The density at the middle of a step and how it changes with height."""

    def __init__(
        self,
        start: TimesUs,
        angle: Floats,
        drag: Floats,
        indices: Indices,
        live: NDArray[np.int64],
        model: DensityModel,
    ) -> None:
        self.start, self.angle, self.drag, self.model = start, angle, drag, model
        self.indices = Indices(*(np.concatenate([x[live], x[live]]) for x in indices))

    def at_middle(self, r: Floats, v: Floats, elapsed: Floats, dt: Floats) -> tuple[Floats, Floats, Floats]:
        """Drag factor times density there, the height that it holds for (as :func:`_acceleration` counts it), the scale height."""
        half = 0.5 * dt
        radius = np.linalg.norm(r, axis=1)
        there = r + half[:, None] * v - (0.5 * half**2 * GM_EARTH_M3_S2 / radius**3)[:, None] * r
        place = geodetic(_fixed(there, self.angle, elapsed + half))
        height = np.maximum(place.height_m, _LOWEST_M)
        times = utc_datetime64(self.start + np.round((elapsed + half) * 1e6).astype(np.int64))
        both = [np.concatenate([x, x]) for x in (times, place.latitude_rad, place.longitude_rad)]
        heights = np.concatenate([height, height + _SCALE_OVER_M])
        density = density_at_indices_kg_m3(both[0], both[1], both[2], heights, self.indices, self.model)
        here, above = density[: len(r)], density[len(r) :]
        far = np.linalg.norm(there, axis=1)
        level = far - EARTH_EQUATORIAL_RADIUS_M * (1.0 - (there[:, 2] / far) ** 2 / 298.257223563)
        return self.drag * here, level, _SCALE_OVER_M / np.log(here / above)


def _fallen(
    start: TimesUs, to_cirs: Floats, r: Floats, v: Floats, elapsed: Floats, angle: Floats, down: NDArray[np.bool_]
) -> Fallen:
    fixed = _fixed(r, angle, elapsed)
    turned = _fixed(v, angle, elapsed)  # inertial velocity, in axes of the Earth
    place = geodetic(fixed)
    lat, lon = place.latitude_rad, place.longitude_rad
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    east = np.stack([-np.sin(lon), np.cos(lon), np.zeros_like(lon)], axis=1)
    north = np.cross(up, east)
    speed = np.linalg.norm(turned, axis=1)
    climb, along_e, along_n = (np.einsum("ni,ni->n", turned, a) for a in (up, east, north))
    nan = np.where(down, 1.0, np.nan)
    back = np.transpose(to_cirs, (0, 2, 1))
    return Fallen(
        np.where(down, start + np.round(elapsed * 1e6).astype(np.int64), -1),
        np.einsum("nij,nj->ni", back, r) * nan[:, None], np.einsum("nij,nj->ni", back, v) * nan[:, None],
        lat * nan, lon * nan, speed * nan, np.arcsin(climb / speed) * nan, np.mod(np.arctan2(along_e, along_n), 2.0 * np.pi) * nan,
    )  # fmt: skip


def places(tai_us: TimesUs, position_gcrf_m: Floats) -> tuple[Floats, Floats]:
    """Geodetic latitude and longitude (rad, -pi to pi) of n positions, also beyond the Earth orientation table."""
    r = np.einsum("nij,nj->ni", gcrf_to_cirs_matrix(tai_us), position_gcrf_m)
    place = geodetic(_fixed(r, earth_angle_rad(tai_us), np.zeros(len(tai_us))))
    return place.latitude_rad, place.longitude_rad
