"""The last revolutions of many bodies at once: from some 150 km to the height at which they enter.

Where a body enters depends on its place in the orbit, which the averaged engine neglects near the end. Here each member is one
point in space, all members side by side, each with its own step: :data:`LONGEST_STEP_S`, near the end the time in which it sinks by a
tenth of a scale height. A step is half a step on the ellipse of the moment, a kick by all other forces, and half a step on the new
ellipse: it is exact but for the products of small forces, so that no energy leaks away however long the step.

Model: gravity of the sphere, J2, J3 and J4; drag in air that turns with the Earth, with the density of the MSIS model itself at the
middle of each step, the indices of the start, and a factor on the density of each day for each member. The pole is the true pole of the start; polar motion is
left out. Neglected: tesserals, Sun and Moon (tens of metres in the hours this lasts), lift, winds, change of the indices on the way.

Error: :func:`stationkeeper.reentry.entry.predict` flies the median member with the numerical engine too and gives the difference.
Validation status: checked against the numerical engine (tests/reentry/test_last_path.py).

References
----------
Vallado, Fundamentals of Astrodynamics, sections 2.3 (f and g functions) and 8.6 (zonal accelerations). Source key: vallado. Zonal
coefficients: EGM2008. Source key: egm2008.
Wisdom and Holman, Astron. J. 102 (1991) 1528: ellipse, kick, ellipse. Source key: wisdom-holman-1991.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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
LONGEST_STEP_S: Final = 60.0
SHORTEST_STEP_S: Final = 5.0
LONGEST_S: Final = 20 * 86_400.0
HAND_OVER_SINK_M: Final = 5_000.0
"""Sinking over a revolution from which on a body is flown here: about a fifth of a scale height, where averaging over it ends."""
HAND_OVER_LEVELS_M: Final = np.arange(130_000.0, 200_001.0, 10_000.0)
_J3: Final = -2.53241e-6
_J4: Final = -1.61990e-6
_SINK_OF_SCALE: Final = 0.1
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
    passed_tai_us : (n, k) when it first is at or below each of the other heights; -1 where it did not.
    """

    tai_us: TimesUs
    position_gcrf_m: Floats
    velocity_gcrf_m_s: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    speed_m_s: Floats
    flight_path_angle_rad: Floats
    azimuth_rad: Floats
    passed_tai_us: TimesUs


def fly_down(
    start_tai_us: TimesUs,
    position_gcrf_m: Floats,
    velocity_gcrf_m_s: Floats,
    drag_m2_kg: Floats,
    indices: Indices,
    *,
    height_m: float = 120_000.0,
    heights_m: Sequence[float] = (),
    model: DensityModel = "nrlmsise00",
) -> Fallen:
    """Fly n bodies down to a geodetic height.

    Parameters
    ----------
    start_tai_us : (n,) start of each.
    position_gcrf_m, velocity_gcrf_m_s : (n, 3) osculating.
    drag_m2_kg : (n,) density factor * Cd * A / m; or (n, d), one for each UTC day from that of the start on, the last one for the rest.
    indices : F10.7, its mean and the ap history of each, n rows.
    height_m : where they stop.
    heights_m : other heights whose first passing is dated (linear within a step).
    model : density model.
    """
    n = len(start_tai_us)
    to_cirs = gcrf_to_cirs_matrix(start_tai_us) if n else np.empty((0, 3, 3))
    r, v = (np.einsum("nij,nj->ni", to_cirs, x) for x in (position_gcrf_m, velocity_gcrf_m_s))
    elapsed, step, down = np.zeros(n), np.full(n, LONGEST_STEP_S), np.zeros(n, dtype=bool)
    angle, wanted = earth_angle_rad(start_tai_us), np.array(heights_m, dtype=np.float64)
    height = _height(r, angle, elapsed) if n else np.empty(0)
    passed = np.where(height[:, None] <= wanted, 0.0, np.inf)
    drag = drag_m2_kg if drag_m2_kg.ndim == 2 else drag_m2_kg[:, None]
    air = _Air(utc_datetime64(start_tai_us), angle, drag, indices, model)
    live = np.arange(n)
    while len(live) and elapsed[live].min() < LONGEST_S:
        dt, before = step[live], height[live]
        r0, v0 = r[live], v[live]
        middle = _along_ellipse(r0, v0, 0.5 * dt)
        pull, scale = air.acceleration(live, *middle, elapsed[live] + 0.5 * dt)
        r1, v1 = _along_ellipse(middle[0], middle[1] + dt[:, None] * pull, 0.5 * dt)
        after = _height(r1, angle[live], elapsed[live] + dt)
        through = after <= height_m
        if through.any():
            # the part of the step up to the height, by false position
            k, sunk, whole = live[through], np.maximum(before - after, 1e-9)[through], dt[through]
            part, share = np.ones(len(k)), np.clip((before[through] - height_m) / sunk, 0.0, 1.0)
            for _ in range(5):
                half = 0.5 * whole * share
                rm, vm = _along_ellipse(r0[through], v0[through], half)
                r1[through], v1[through] = _along_ellipse(rm, vm + 2.0 * half[:, None] * pull[through], half)
                miss = _height(r1[through], angle[k], elapsed[k] + whole * share) - height_m
                part = share
                share = np.clip(share + miss / sunk, 0.0, 1.0)
        sinking = (before - after) / dt
        under = (after[:, None] <= wanted) & np.isinf(passed[live])
        if under.any():
            row, column = np.nonzero(under)
            later = (before[row] - wanted[column]) / np.maximum(sinking[row], 1e-9)
            passed[live[row], column] = elapsed[live[row]] + np.clip(later, 0.0, dt[row])
        if through.any():
            dt[through] *= part
        r[live], v[live], height[live] = r1, v1, after
        elapsed[live] += dt
        enough = _SINK_OF_SCALE * scale / np.maximum(np.abs(sinking), 1e-9)
        step[live] = np.clip(enough, SHORTEST_STEP_S, LONGEST_STEP_S)
        down[live[through]] = True
        live = live[~through]
    passed_us = np.where(np.isinf(passed), -1, start_tai_us[:, None] + _us(passed))
    return _fallen(start_tai_us, to_cirs, r, v, elapsed, angle, down, passed_us)


def hand_over_m(drag_m2_kg: Floats) -> Floats:
    """The lowest height over a revolution at which bodies are best handed over to :func:`fly_down`: shape (n,).

    The highest of :data:`HAND_OVER_LEVELS_M` at which typical air sinks the body by :data:`HAND_OVER_SINK_M` over a revolution: a heavy body
    flies on average further down, a light one is handed over higher up.
    """
    heights, density, _ = typical_air("nrlmsise00")
    radius = EARTH_EQUATORIAL_RADIUS_M + HAND_OVER_LEVELS_M
    sinking = 2.0 * np.pi * radius**2 * np.exp(np.interp(HAND_OVER_LEVELS_M, heights, density))
    level = (np.asarray(drag_m2_kg)[:, None] * sinking >= HAND_OVER_SINK_M).sum(axis=1) - 1
    return np.asarray(HAND_OVER_LEVELS_M[np.maximum(level, 0)])


@lru_cache(maxsize=4)
def typical_air(model: DensityModel) -> tuple[Floats, Floats, Floats]:
    """Heights (m), logarithm of the density (kg/m3) and scale height (m): the mean of eight places at an equinox under a middling Sun."""
    heights = np.arange(_LOWEST_M - 2_000.0, 302_000.0, 2_000.0)
    places, n = 8, len(heights)
    utc = np.full(places * n, np.datetime64("2022-03-20T12:00", "us"))
    latitude = np.repeat(np.where(np.arange(places) % 2, 0.6, -0.6), n)
    longitude = np.repeat(np.pi / 4.0 * np.arange(places), n)
    indices = Indices(np.full(places * n, 120.0), np.full(places * n, 120.0), np.full((places * n, 7), 8.0))
    found = density_at_indices_kg_m3(utc, latitude, longitude, np.tile(heights, places), indices, model)
    density = np.log(found).reshape(places, n).mean(axis=0)
    return heights, density, -1.0 / np.gradient(density, heights)


def _us(seconds: Floats) -> TimesUs:
    return np.where(np.isfinite(seconds), np.round(seconds * 1e6), 0).astype(np.int64)


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


def _along_ellipse(r: Floats, v: Floats, dt: Floats) -> tuple[Floats, Floats]:
    """Positions and velocities after ``dt`` seconds (up to a fraction of a revolution) under the sphere's gravity alone."""
    radius = np.linalg.norm(r, axis=1)
    a = 1.0 / (2.0 / radius - np.einsum("ni,ni->n", v, v) / GM_EARTH_M3_S2)
    n = np.sqrt(GM_EARTH_M3_S2 / a**3)
    cosine, sine = 1.0 - radius / a, np.einsum("ni,ni->n", r, v) / np.sqrt(GM_EARTH_M3_S2 * a)
    # Kepler's equation for the change x of the eccentric anomaly; two rounds are exact to rounding below an eccentricity of 0.02
    x = n * dt
    for _ in range(2):
        s, c = np.sin(x), np.cos(x)
        x = x - (x - cosine * s + sine * (1.0 - c) - n * dt) / (1.0 - cosine * c + sine * s)
    s, c = np.sin(x), np.cos(x)
    after = a * (1.0 - cosine * c + sine * s)
    f, g = 1.0 - a / radius * (1.0 - c), dt - (x - s) / n
    f_rate, g_rate = -np.sqrt(GM_EARTH_M3_S2 * a) / (after * radius) * s, 1.0 - a / after * (1.0 - c)
    return f[:, None] * r + g[:, None] * v, f_rate[:, None] * r + g_rate[:, None] * v


@dataclass(frozen=True, eq=False)
class _Air:
    """The air of each body, and all forces but the sphere's gravity."""

    start: NDArray[np.datetime64]
    angle: Floats
    drag: Floats
    indices: Indices
    model: DensityModel

    def acceleration(self, live: NDArray[np.int64], r: Floats, v: Floats, elapsed: Floats) -> tuple[Floats, Floats]:
        """J2 to J4 and drag, (n, 3), and the typical scale height there."""
        place = geodetic(_fixed(r, self.angle[live], elapsed))
        height = np.maximum(place.height_m, _LOWEST_M)
        times = self.start[live] + _us(elapsed).astype("timedelta64[us]")
        own = Indices(*(x[live] for x in self.indices))
        day = (times.astype("datetime64[D]") - self.start[live].astype("datetime64[D]")).astype(np.int64)
        drag = self.drag[live, np.minimum(day, self.drag.shape[1] - 1)]
        density = density_at_indices_kg_m3(times, place.latitude_rad, place.longitude_rad, height, own, self.model)
        radius = np.linalg.norm(r, axis=1)
        z = r[:, 2] / radius
        q = EARTH_EQUATORIAL_RADIUS_M / radius
        pull = -GM_EARTH_M3_S2 / radius**3
        j2, j3, j4 = 1.5 * J2_EARTH * q**2, 2.5 * _J3 * q**3, 1.875 * _J4 * q**4
        # the radial factor of all axes, and what the polar axis has on top
        common = j2 * (1.0 - 5.0 * z**2) + j3 * z * (3.0 - 7.0 * z**2) - j4 * (1.0 - 14.0 * z**2 + 21.0 * z**4)
        polar = j2 * 2.0 * z + j3 * (3.0 * z**2 - 0.6) - j4 * z * (4.0 - 28.0 / 3.0 * z**2)
        out = (pull * common)[:, None] * r
        out[:, 2] += pull * radius * polar
        relative = v.copy()
        relative[:, 0] += EARTH_ROTATION_RATE_RAD_S * r[:, 1]
        relative[:, 1] -= EARTH_ROTATION_RATE_RAD_S * r[:, 0]
        out -= (0.5 * drag * density * np.linalg.norm(relative, axis=1))[:, None] * relative
        heights, _, scale = typical_air(self.model)
        return out, np.interp(height, heights, scale)


def _fallen(
    start: TimesUs, to_cirs: Floats, r: Floats, v: Floats, elapsed: Floats, angle: Floats, down: NDArray[np.bool_],
    passed_us: TimesUs,
) -> Fallen:  # fmt: skip
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
        np.where(down, start + _us(elapsed), -1),
        np.einsum("nij,nj->ni", back, r) * nan[:, None], np.einsum("nij,nj->ni", back, v) * nan[:, None],
        lat * nan, lon * nan, speed * nan, np.arcsin(climb / speed) * nan, np.mod(np.arctan2(along_e, along_n), 2.0 * np.pi) * nan,
        passed_us,
    )  # fmt: skip


def places(tai_us: TimesUs, position_gcrf_m: Floats) -> tuple[Floats, Floats]:
    """Geodetic latitude and longitude (rad, -pi to pi) of n positions, also beyond the Earth orientation table."""
    r = np.einsum("nij,nj->ni", gcrf_to_cirs_matrix(tai_us), position_gcrf_m)
    place = geodetic(_fixed(r, earth_angle_rad(tai_us), np.zeros(len(tai_us))))
    return place.latitude_rad, place.longitude_rad
