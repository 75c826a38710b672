"""Landing: when a vehicle that leaves the station can come down in one of its zones.

Model: a vehicle stays in the orbit plane of its station and a fixed time behind it (its data: ``landing_behind_s``), which it may
shorten by flying free in a lower orbit (``gained_ratio``). Near the ground the air, which turns with the Earth, carries it out of the
plane for ``carried_s``. A landing in a zone is possible when the plane passes over the zone's centre within its reach at the moment
at which the vehicle is there. For each passage of a zone under the plane (twice a day) the time of landing is found from the phase of the
orbit, and the distance across the track with it.
Neglected: weather, sea state, recovery forces, propellant for changes of the plane or of the phase beyond ``gained_ratio``, burns of
the station between now and then; packing and dressing before undocking. The steering of the entry is inside ``reach_km``.
An orbit that is not of the day is shifted by drag: the shift is estimated from the air's density and widens the result.
Validation status: validated for Soyuz, checked for Crew Dragon, on nine flown landings (validation/functions/test_crew_return.py).
Soyuz: with the fixed times of MS-18 and MS-20, MS-19 and MS-21 come within 10 seconds and MS-22 (without crew) within 2 minutes; the
usual reach was chosen to hold all five. Crew Dragon: the fixed times and one of the centres, all from memory, were set with Crew-2,
Crew-3, Axiom-1 and Crew-4, which come within 2 minutes; that is a check of consistency only.

References
----------
Times of undocking and landing: station data, sources R46, R49, R55, R56, R171.
Earth rotation angle: IERS Conventions (2010), chapter 5. Source key: iers-tn36.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import erfa
import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_ROTATION_RATE_RAD_S, GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import gcrf_to_cirs_matrix, itrf_of_geodetic
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.core.time_arrays import TimesUs, utc_us
from stationkeeper.environment.sun import sun_position_gcrf_m
from stationkeeper.station.configuration import present
from stationkeeper.station.schema import VehicleType

Floats = NDArray[np.float64]
_US_DAY = 86_400_000_000
_LIGHT_ENOUGH_DEG = -6.0  # civil twilight: MS-20 landed with the Sun on the horizon
_ROUND_S = 120.0  # what the fixed times of the model are good for: the largest miss of nine flown landings


@dataclass(frozen=True, slots=True)
class Zone:
    """A landing zone as the search needs it: geodetic degrees, metres."""

    id: str
    name: str
    latitude_deg: float
    longitude_deg: float
    reach_m: Range
    passes: str
    daylight: bool
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Descent:
    """How a kind of vehicle comes down.

    Parameters
    ----------
    zones : where.
    to_landing_s : from undocking to the ground.
    behind_s : the station passes the landing point this long before touchdown; ``None``: at any time, nobody knows.
    gained_ratio : seconds that it can gain on the station for each second of free flight.
    carried_s : time for which the air carries it out of the orbit plane.
    free_flight_s : longest free flight that counts.
    """

    zones: tuple[Zone, ...]
    to_landing_s: Range
    behind_s: Range | None
    gained_ratio: Range
    carried_s: Range
    free_flight_s: float


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A landing that the orbit offers.

    Parameters
    ----------
    at : touchdown; good to ``within_s`` either way.
    zone, zone_name : where.
    across_km : distance of the zone's centre from the track, positive to the left of the flight.
    sure : within the reach that is taken as usual, errors of the orbit included; else only within the widest that is assumed.
    light : the Sun is up or in civil twilight there.
    as_planned : in daylight, or in a zone where that does not matter.
    sun_elevation_deg : of the Sun's centre, without refraction.
    """

    at: Epoch
    zone: str
    zone_name: str
    across_km: float
    sure: bool
    light: bool
    as_planned: bool
    sun_elevation_deg: float
    within_s: float
    source: tuple[str, ...] = ()


def descent_of(kind: VehicleType, at: Epoch) -> Descent | None:
    """How a kind of vehicle comes down on a date; ``None`` where its data name no zone or no time to the ground."""
    f = kind.figures
    zones = tuple(
        Zone(
            z.id, z.name, z.latitude_deg, z.longitude_deg, Range.of(z.reach_km).scaled(1e3), z.passes, z.daylight,
            tuple(z.source),
        )
        for z in kind.landing
        if present(z.since, z.until, at)
    )  # fmt: skip
    if not zones or "undock_to_landing_s" not in f:
        return None
    to_landing = Range.of(f["undock_to_landing_s"])
    behind, gained, carried, free = (
        Range.of(f[k]) if k in f else None for k in ("landing_behind_s", "gained_ratio", "carried_s", "free_flight_s")
    )
    nothing = Range.exact(0.0)
    return Descent(
        zones, to_landing, behind, gained or nothing, carried or nothing,
        max(free.best if free else 0.0, to_landing.high),
    )  # fmt: skip


def decay_m_s(s: Surroundings, mass_kg: float, share: float | None = 1.0) -> float | None:
    """Loss of semi-major axis by drag, m/s, above zero, of a part with a share of the drag area and a mass; ``None`` where one is not known."""
    if s.density_kg_m3 is None or s.drag_area_cd_m2 is None or share is None or mass_kg <= 0.0:
        return None
    area_m2 = share * s.drag_area_cd_m2.best
    return s.density_kg_m3.best * area_m2 / mass_kg * math.sqrt(GM_EARTH_M3_S2 * s.orbit.semi_major_axis_m)


@lru_cache(maxsize=512)
def opportunities(
    orbit: Orbit, descent: Descent, start: Epoch, days: float = 7.0, drift: tuple[Epoch, float] | None = None
) -> tuple[Opportunity, ...]:
    """Landings from ``start`` on, in order of time.

    Parameters
    ----------
    orbit : of the station.
    descent : of the vehicle, from :func:`descent_of`.
    start : the earliest undocking.
    days : how far to look.
    drift : the date for which the orbit is known, and the loss of semi-major axis since, m/s; ``None``: taken as exact.
    """
    if math.sin(orbit.inclination_rad) < 1e-6:
        return ()
    carried_us = round(1e6 * descent.carried_s.best)
    # instants are those at which the vehicle leaves the plane; it lands carried_s later
    times, which = _crossings(orbit, descent.zones, start.tai_us - carried_us, days)
    fixed = _directions(descent.zones)
    times = _refined(orbit, fixed[which], times)
    if descent.behind_s is not None:
        times, which = _in_phase(orbit, descent, descent.behind_s.best, fixed, times, which, start)
    g = _geometry(orbit, fixed[which], times)
    reach_m = np.array([z.reach_m.high for z in descent.zones])[which]
    wanted = np.array([z.passes for z in descent.zones])[which]
    earliest, latest = start.plus_s(descent.to_landing_s.low), start.plus_days(days)
    landed = times + carried_us
    fits = (wanted == "either") | ((wanted == "ascending") == g.northbound)
    fits &= (landed >= earliest.tai_us) & (landed <= latest.tai_us)
    fits &= np.abs(g.across_rad) * EARTH_EQUATORIAL_RADIUS_M <= 2.0 * reach_m
    if not fits.any():
        return ()
    times, landed, which = times[fits], landed[fits], which[fits]
    across_m = g.across_rad[fits] * EARTH_EQUATORIAL_RADIUS_M
    later = _geometry(orbit, fixed[which], times + 10_000_000).across_rad * EARTH_EQUATORIAL_RADIUS_M
    speed_m_s = np.abs(later - across_m) / 10.0
    sun_deg = _sun_elevation_deg(fixed[which], landed)
    found = [
        _judged(
            orbit, descent, descent.zones[which[k]], Epoch(int(landed[k])), float(across_m[k]), float(speed_m_s[k]),
            float(sun_deg[k]), drift,
        )
        for k in range(len(landed))
    ]  # fmt: skip
    return _once([o for o in found if o is not None], 0.5 * orbit.period_s)


def _judged(
    orbit: Orbit, descent: Descent, zone: Zone, at: Epoch, across_m: float, speed_m_s: float, sun_deg: float,
    drift: tuple[Epoch, float] | None,
) -> Opportunity | None:  # fmt: skip
    somewhere = descent.behind_s is None  # nobody knows how far behind the station it flies
    late_s = _drift_s(orbit, drift, at) + (0.5 * orbit.period_s if somewhere else _ROUND_S)
    # a vehicle that may gain on the station makes up for a shift of its phase
    shift_m = speed_m_s * late_s if descent.gained_ratio.best == 0.0 else 0.0
    if abs(across_m) > zone.reach_m.high + min(shift_m, zone.reach_m.high):
        return None
    light = sun_deg >= _LIGHT_ENOUGH_DEG
    return Opportunity(
        at, zone.id, zone.name, across_m / 1e3, abs(across_m) + shift_m <= zone.reach_m.best and not somewhere, light,
        light or not zone.daylight, sun_deg, late_s, zone.source,
    )  # fmt: skip


def _directions(zones: tuple[Zone, ...]) -> Floats:
    """Unit vectors to the centres of zones, ITRF, (n, 3)."""
    fixed = itrf_of_geodetic(
        np.radians([z.latitude_deg for z in zones]), np.radians([z.longitude_deg for z in zones]), np.zeros(len(zones))
    )
    return np.asarray(fixed / np.linalg.norm(fixed, axis=1, keepdims=True))


def _to_gcrf(fixed: Floats, times: TimesUs) -> Floats:
    """Directions fixed to the Earth, (n, 3), at n instants in GCRF; UT1 is taken as UTC (below 0.9 s, 0.4 km)."""
    days, rest = np.divmod(utc_us(times), _US_DAY)
    era = erfa.era00(2_451_544.5 + days, rest / _US_DAY)
    c, s = np.cos(era), np.sin(era)
    cirs = np.stack([c * fixed[:, 0] - s * fixed[:, 1], s * fixed[:, 0] + c * fixed[:, 1], fixed[:, 2]], axis=1)
    return np.asarray(cirs @ _to_cirs(int(times[0]) // (10 * _US_DAY)), dtype=np.float64)


@lru_cache(maxsize=64)
def _to_cirs(ten_days: int) -> Floats:
    """Rotation from GCRF to the pole of date, one for ten days: it moves by less than 2 arcseconds, 60 m."""
    middle = np.array([(10 * ten_days + 5) * _US_DAY], dtype=np.int64)
    return np.asarray(gcrf_to_cirs_matrix(middle)[0], dtype=np.float64)


def _sun_elevation_deg(fixed: Floats, times: TimesUs) -> Floats:
    """Of the Sun over places; its direction is interpolated between days (0.01 degrees)."""
    nodes = np.arange(times.min() // _US_DAY, times.max() // _US_DAY + 2) * _US_DAY
    sun = sun_position_gcrf_m(nodes)
    sun /= np.linalg.norm(sun, axis=1, keepdims=True)
    here = np.stack([np.interp(times, nodes, sun[:, k]) for k in range(3)], axis=1)
    up = np.einsum("ni,ni->n", here, _to_gcrf(fixed, times))
    return np.asarray(np.degrees(np.arcsin(np.clip(up, -1.0, 1.0))))


@dataclass(frozen=True, slots=True)
class _Geometry:
    """Where places are, seen from the orbit plane: arrays of shape (n,)."""

    across_rad: Floats
    along_rad: Floats
    northbound: NDArray[np.bool_]


def _geometry(orbit: Orbit, fixed: Floats, times: TimesUs) -> _Geometry:
    """``along_rad`` is how far the station is past the place, in (-pi, pi]."""
    r, v = orbit.states_gcrf(times)
    radius, speed = orbit.semi_major_axis_m, orbit.speed_m_s
    r, v = r / radius, v / speed
    h = np.stack(
        [
            r[:, 1] * v[:, 2] - r[:, 2] * v[:, 1],
            r[:, 2] * v[:, 0] - r[:, 0] * v[:, 2],
            r[:, 0] * v[:, 1] - r[:, 1] * v[:, 0],
        ],
        axis=1,
    )
    site = _to_gcrf(fixed, times)
    up, ahead, out = (np.einsum("ni,ni->n", site, x) for x in (h, v, r))
    # the site stands at the angle atan2(ahead, out) in front of the station
    north = h[:, 0] * site[:, 1] - h[:, 1] * site[:, 0]  # z of h x site: the direction of flight over the place
    return _Geometry(np.arcsin(np.clip(up, -1.0, 1.0)), -np.arctan2(ahead, out), north > 0.0)


def _crossings(orbit: Orbit, zones: tuple[Zone, ...], start_us: int, days: float) -> tuple[TimesUs, NDArray[np.int64]]:
    """Instants at which the orbit plane passes over zones, or nearest to them, TAI us, and the numbers of the zones."""
    first = np.full(len(zones), start_us, dtype=np.int64)
    o, later = orbit.at(Epoch(start_us)), orbit.at(Epoch(start_us + _US_DAY))
    node_rate = math.remainder(later.raan_rad - o.raan_rad, 2.0 * math.pi) / 86_400.0
    rate = EARTH_ROTATION_RATE_RAD_S - node_rate
    turns = math.ceil(days * 86_400.0 * rate / (2.0 * math.pi)) + 1
    times: list[int] = []
    which: list[int] = []
    for k, site in enumerate(_to_gcrf(_directions(zones), first)):
        side = math.asin(max(-1.0, min(1.0, math.tan(math.asin(site[2])) / math.tan(orbit.inclination_rad))))
        now = math.atan2(site[1], site[0]) - o.raan_rad
        for w in {round(side, 12), round(math.pi - side, 12)}:
            wait = (w - now) % (2.0 * math.pi)
            times += [start_us + round(1e6 * (wait + 2.0 * math.pi * j) / rate) for j in range(-1, turns)]
            which += [k] * (turns + 1)
    return np.array(times, dtype=np.int64), np.array(which, dtype=np.int64)


def _refined(orbit: Orbit, fixed: Floats, times: TimesUs) -> TimesUs:
    """One step of Newton's method to the passage: the pole of date is 0.13 degrees off that of GCRF."""
    across = _geometry(orbit, fixed, times).across_rad
    rate = (_geometry(orbit, fixed, times + 10_000_000).across_rad - across) / 10.0
    step_s = np.divide(across, rate, out=np.zeros_like(across), where=np.abs(rate) > 1e-6)
    return np.asarray(times - np.rint(1e6 * np.clip(step_s, -300.0, 300.0)).astype(np.int64))


def _in_phase(
    orbit: Orbit,
    descent: Descent,
    behind_s: float,
    fixed: Floats,
    times: TimesUs,
    which: NDArray[np.int64],
    start: Epoch,
) -> tuple[TimesUs, NDArray[np.int64]]:
    """For each passage of the plane the nearest instants before and after it at which the vehicle is in place, TAI us."""
    carried, period = descent.carried_s.best, orbit.period_s
    n = 2.0 * math.pi / period
    free_s = np.clip((times - start.tai_us) / 1e6 + carried, 0.0, descent.free_flight_s)
    high = np.full(len(times), behind_s)
    low = high - descent.gained_ratio.best * free_s
    # how far behind the station the vehicle would have to be at the passage itself
    behind = _geometry(orbit, fixed[which], times).along_rad / n + carried
    below = behind + np.floor((high - behind) / period) * period
    inside = below >= low
    # behind what is wanted at the passage; else the later and the earlier instant at which an end of the span is reached
    wanted = np.concatenate([np.where(inside, below, low), high])
    shift_s = np.concatenate([np.where(inside, 0.0, low - below), high - below - period])
    at = np.concatenate([times, times]) + np.rint(1e6 * shift_s).astype(np.int64)
    which = np.concatenate([which, which])
    for _ in range(3):
        error = _geometry(orbit, fixed[which], at).along_rad - n * (wanted - carried)
        error = (error + math.pi) % (2.0 * math.pi) - math.pi
        at = at - np.rint(1e6 * error / n).astype(np.int64)
    return at, which


def _once(found: list[Opportunity], apart_s: float) -> tuple[Opportunity, ...]:
    """In order of time; of landings in one zone on the same pass, the one with the smaller distance."""
    last: dict[str, Opportunity] = {}
    out: list[Opportunity] = []
    for o in sorted(found, key=lambda x: (x.at.tai_us, x.zone)):
        before = last.get(o.zone)
        if before is not None and o.at - before.at < apart_s:
            if abs(o.across_km) >= abs(before.across_km):
                continue
            out.remove(before)
        last[o.zone] = o
        out.append(o)
    return tuple(out)


def _drift_s(orbit: Orbit, drift: tuple[Epoch, float] | None, at: Epoch) -> float:
    """How early a station that sinks by drag reaches a place, s: 3/4 of the loss of axis in t over the axis, times t."""
    if drift is None:
        return 0.0
    since, loss_m_s = drift
    t = at - since
    return 0.75 * abs(loss_m_s) / orbit.semi_major_axis_m * t * t
