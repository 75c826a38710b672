"""The averaged engine, first form: how a near-circular orbit sinks over months and years.

Model: the mean semi-major axis and eccentricity vector, drag averaged by quadrature over orbit, longitude and time of day at once (16
points a step on a lattice, each with its own three-hourly ap), a co-rotating atmosphere over the WGS 84 ellipsoid,
the radius of the orbit with the first-order J2 terms, J2 precession of node and perigee, J3's frozen eccentricity, and drag's own
pull on the eccentricity. Steps are at most one day, and so short that the orbit sinks by at most 4 % of
the scale height. Neglected: tesseral harmonics, Sun and Moon, radiation pressure, change of inclination, winds.
Mass and drag area are constant.

Error, measured against the numerical engine from 415 km to 120 km with observed space weather: see
:data:`DATE_ERROR`. The mean semi-major axis at the start carries up to 0.2 km of tesseral terms from one osculating
state (0.3 % of a lifetime). Below about 200 km an orbit is no longer a slow spiral: the engine goes on, and its last
days are right to about an hour, but where the body comes down is a question for the numerical engine.
Validation status: checked against the numerical engine (tests/flight/test_secular.py).

References
----------
King-Hele, Satellite Orbits in an Atmosphere (1987). Source key: king-hele-1987.
Brouwer, Astronomical Journal 64 (1959) 378; Hoots and Roehrich, Spacetrack Report #3, for the radius. Source keys:
brouwer-1959, spacetrack-3.
Picone et al., NRLMSISE-00 (2002). Source key: nrlmsise-00.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import erfa
import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
    J2_EARTH,
)
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.frames import geodetic
from stationkeeper.core.time_arrays import TimesUs, utc_us
from stationkeeper.environment.atmosphere.msis import DensityModel, density_kg_m3
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.state import StateVector, mean_semi_major_axis_m

Floats = NDArray[np.float64]
DATE_ERROR: Final = (
    "dates against the numerical engine, 415 km to 120 km in observed space weather: +0.05 % of 960 days (Cd*A/m 0.004 m2/kg) "
    "and +0.10 % of 628 days (0.007)"
)
_J3_EARTH: Final = -2.53241e-6
_POINTS: Final = 16
_GENERATOR: Final = 7
_PLACES: Final = 36
_LARGEST_ECCENTRICITY: Final = 0.01
_SINK: Final = 0.04
_SHORTEST_STEP_S: Final = 30.0
_MAX_STEPS: Final = 200_000


@dataclass(frozen=True, eq=False)
class MemberDecay:
    """The history of one member.

    Parameters
    ----------
    times_tai_us : (n,) step times.
    mean_altitude_m : (n,) mean semi-major axis less 6,378,137 m.
    lowest_height_m : (n,) lowest geodetic height over the orbit.
    eccentricity : (n,) mean.
    stopped : ``"altitude floor"``, or ``None`` when it was still up at the end.
    """

    times_tai_us: TimesUs
    mean_altitude_m: Floats
    lowest_height_m: Floats
    eccentricity: Floats
    stopped: Literal["altitude floor"] | None

    @property
    def end(self) -> Epoch:
        """Last instant: the floor, or the end of the run."""
        return Epoch(int(self.times_tai_us[-1]))

    def crossing(self, altitude_m: float, of: Literal["mean", "lowest"] = "mean") -> Epoch | None:
        """When the mean altitude (or the lowest height) first falls below a value; None if it does not in this run."""
        values = self.mean_altitude_m if of == "mean" else self.lowest_height_m
        below = np.flatnonzero(values <= altitude_m)
        if len(below) == 0:
            return None
        k = int(below[0])
        if k == 0:
            return Epoch(int(self.times_tai_us[0]))
        part = (values[k - 1] - altitude_m) / (values[k - 1] - values[k])
        t = self.times_tai_us
        return Epoch(int(t[k - 1] + round(float(part) * int(t[k] - t[k - 1]))))

    def mean_altitude_at_m(self, epoch: Epoch) -> float:
        """Mean altitude at an instant, linear between steps. Raises ``OutOfRangeError`` outside the run."""
        t = self.times_tai_us
        if not t[0] <= epoch.tai_us <= t[-1]:
            raise OutOfRangeError(
                f"altitude at {epoch} is asked for; this member runs from {Epoch(int(t[0]))} to {self.end}"
            )
        return float(np.interp(epoch.tai_us, t, self.mean_altitude_m))


@dataclass(frozen=True, eq=False)
class Decay:
    """The members of one run, in the order given, and what they were flown with."""

    members: tuple[MemberDecay, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    def crossing(self, altitude_m: float, of: Literal["mean", "lowest"] = "mean") -> tuple[Epoch | None, ...]:
        """For each member, when it first falls below an altitude (see :meth:`MemberDecay.crossing`)."""
        return tuple(m.crossing(altitude_m, of) for m in self.members)


def decay(
    state: StateVector,
    bodies: Body | Sequence[Body],
    until: Epoch,
    *,
    weather: SpaceWeather | Sequence[SpaceWeather],
    model: DensityModel = "nrlmsise00",
    floor_m: float = 120_000.0,
) -> Decay:
    """Sink one orbit for several bodies and outlooks of space weather at once.

    Parameters
    ----------
    state : osculating start, GCRF; near-circular (mean eccentricity up to 0.01).
    bodies : one for each member, or one for all.
    until : end of the run, after the start.
    weather : one table for each member, or one for all.
    floor_m : lowest geodetic height over the orbit at which a member stops, 90 km or more.

    Raises
    ------
    InputError
        For counts that do not fit together and settings out of range.
    OutOfRangeError
        For an orbit that is not near-circular, or starts below the floor.
    DataAgeError
        When a member is still up where its space weather ends.
    """
    body_list = [bodies] if isinstance(bodies, Body) else list(bodies)
    weather_list = [weather] if isinstance(weather, SpaceWeather) else list(weather)
    count = max(len(body_list), len(weather_list))
    if not body_list or not weather_list or {len(body_list), len(weather_list)} - {1, count}:
        raise InputError.one(
            "decay",
            "bodies, weather",
            f"{len(body_list)} and {len(weather_list)}",
            "one for all, or the same number of both",
        )
    if until <= state.epoch:
        raise InputError.one("decay", "until", until, f"an epoch after the start, {state.epoch}")
    if not floor_m >= 90_000.0:
        raise InputError.one("decay", "floor_m", floor_m, "90,000 m or more")
    drag = np.broadcast_to(np.array([b.drag_m2_kg for b in body_list]), (count,)).copy()
    tables = weather_list * count if len(weather_list) == 1 else weather_list
    members = _Members(state, drag, tables, model)
    histories = _run(members, until, floor_m)
    settings = {
        "engine": "averaged (quadrature)",
        "density_model": model,
        "drag_m2_kg": drag.tolist(),
        "space_weather": sorted({w.age_statement(until) for w in tables}),
        "quadrature_points": _POINTS,
        "floor_m": floor_m,
        "own_error": DATE_ERROR,
    }
    return Decay(histories, settings)


def mean_eccentricity_vector(state: StateVector) -> tuple[float, float]:
    """Mean e cos w and e sin w: the osculating ones less the first-order J2 terms of a near-circular orbit."""
    u, i = state.argument_of_latitude_rad, state.inclination_rad
    node = np.array([math.cos(state.raan_rad), math.sin(state.raan_rad), 0.0])
    normal = state.angular_momentum_m2_s / np.linalg.norm(state.angular_momentum_m2_s)
    e = state.eccentricity_vector
    q = 1.5 * J2_EARTH * (EARTH_EQUATORIAL_RADIUS_M / state.semi_major_axis_m) ** 2
    s2 = math.sin(i) ** 2
    short_x = q * ((1.0 - 1.25 * s2) * math.cos(u) + 7.0 / 12.0 * s2 * math.cos(3.0 * u))
    short_y = q * ((1.0 - 1.75 * s2) * math.sin(u) + 7.0 / 12.0 * s2 * math.sin(3.0 * u))
    return float(e @ node) - short_x, float(e @ np.cross(normal, node)) - short_y


class _Members:
    """Elements of all members (arrays of shape (m,)) and the averaged rates of change."""

    def __init__(self, state: StateVector, drag: Floats, tables: Sequence[SpaceWeather], model: DensityModel) -> None:
        count = len(drag)
        x, y = mean_eccentricity_vector(state)
        if math.hypot(x, y) > _LARGEST_ECCENTRICITY:
            raise OutOfRangeError(
                f"mean eccentricity {math.hypot(x, y):.4f}; the averaged engine holds to {_LARGEST_ECCENTRICITY}: fly it numerically"
            )
        mean_a_m = float(mean_semi_major_axis_m(state.position_gcrf_m, state.velocity_gcrf_m_s)[0])
        self.inclination = state.inclination_rad
        self.sin_i, self.cos_i = math.sin(self.inclination), math.cos(self.inclination)
        self.a = np.full(count, mean_a_m)
        self.x, self.y = np.full(count, x), np.full(count, y)
        self.node = np.full(count, state.raan_rad)
        self.t = np.full(count, state.epoch.tai_us, dtype=np.int64)
        self.rate = np.zeros(count)
        self.drag, self.model = drag, model
        groups: dict[str, list[int]] = {}
        for k, w in enumerate(tables):
            groups.setdefault(w.digest, []).append(k)
        self.groups = [(tables[g[0]], np.array(g)) for g in groups.values()]
        lattice = np.arange(_POINTS)
        self.part = (lattice + 0.5) / _POINTS
        self.angle = math.tau * ((lattice * _GENERATOR) % _POINTS) / _POINTS

    def radius_m(self, a: Floats, x: Floats, y: Floats, angle: Floats) -> tuple[Floats, Floats]:
        """Radius and argument of latitude at mean arguments of latitude; shapes (m, p)."""
        u = angle + 2.0 * x * np.sin(angle) - 2.0 * y * np.cos(angle)
        j = J2_EARTH * EARTH_EQUATORIAL_RADIUS_M**2 / a
        ellipse = a * (1.0 - x * np.cos(angle) - y * np.sin(angle))
        return ellipse - 0.75 * j * (3.0 * self.cos_i**2 - 1.0) + 0.25 * j * self.sin_i**2 * np.cos(2.0 * u), u

    def place(self, radius: Floats, u: Floats) -> tuple[Floats, Floats]:
        """Geodetic latitude and height over WGS 84, shapes as given."""
        sin_latitude = self.sin_i * np.sin(u)
        z = radius * sin_latitude
        rho = np.sqrt(np.clip(radius**2 - z**2, 0.0, None))
        place = geodetic(np.stack([rho.ravel(), np.zeros(rho.size), z.ravel()], axis=1))
        return place.latitude_rad.reshape(u.shape), place.height_m.reshape(u.shape)

    def lowest_height_m(self, pick: NDArray[np.int64]) -> Floats:
        """Lowest geodetic height over the orbit of picked members."""
        angle = np.broadcast_to(math.tau * np.arange(_PLACES) / _PLACES, (len(pick), _PLACES))
        radius, u = self.radius_m(self.a[pick][:, None], self.x[pick][:, None], self.y[pick][:, None], angle)
        return np.asarray(self.place(radius, u)[1].min(axis=1))

    def averaged(self, pick: NDArray[np.int64], step_s: Floats, rate: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean rates of a (m/s) and of the eccentricity vector (1/s) by drag over the coming step, for picked members."""
        time = step_s[:, None] * self.part
        a = self.a[pick][:, None] + rate[:, None] * time
        angle = np.broadcast_to(self.angle, time.shape)
        x, y = self.x[pick][:, None], self.y[pick][:, None]
        radius, u = self.radius_m(a, x, y, angle)
        latitude, height = self.place(radius, u)
        times = self.t[pick][:, None] + np.round(time * 1e6).astype(np.int64)
        node = self.node[pick][:, None] + self.node_rate(a) * time
        utc = utc_us(times.ravel()) / 86_400e6
        turn = erfa.era00(2_451_544.5, utc).reshape(time.shape)
        longitude = node + np.arctan2(self.cos_i * np.sin(u), np.cos(u)) - turn
        longitude = np.mod(longitude + math.pi, math.tau) - math.pi
        density = np.empty(time.shape)
        where = np.full(len(self.a), -1)
        where[pick] = np.arange(len(pick))
        for table, group in self.groups:
            rows = where[group]
            rows = rows[rows >= 0]
            if len(rows):
                density[rows] = density_kg_m3(
                    times[rows].ravel(),
                    latitude[rows].ravel(),
                    longitude[rows].ravel(),
                    height[rows].ravel(),
                    table,
                    self.model,
                ).reshape(len(rows), _POINTS)
        speed = np.sqrt(GM_EARTH_M3_S2 * (2.0 / radius - 1.0 / a))
        wind = EARTH_ROTATION_RATE_RAD_S * radius
        relative = np.sqrt(speed**2 - 2.0 * speed * wind * self.cos_i + (wind * np.cos(latitude)) ** 2)
        along = 0.5 * density * self.drag[pick][:, None] * relative * (speed - wind * self.cos_i)
        a_rate = -2.0 * a**2 / GM_EARTH_M3_S2 * speed * along
        x_rate, y_rate = -2.0 / speed * (np.cos(u) + x) * along, -2.0 / speed * (np.sin(u) + y) * along
        return a_rate.mean(axis=1), x_rate.mean(axis=1), y_rate.mean(axis=1)

    def node_rate(self, a: Floats) -> Floats:
        n = np.sqrt(GM_EARTH_M3_S2 / a**3)
        return np.asarray(-1.5 * J2_EARTH * n * (EARTH_EQUATORIAL_RADIUS_M / a) ** 2 * self.cos_i)

    def advance(self, pick: NDArray[np.int64], step_s: Floats, rates: tuple[Floats, Floats, Floats]) -> None:
        """Take a step: drag from the averaged rates, J2 and J3 turning the eccentricity about its frozen point."""
        a = self.a[pick] + 0.5 * step_s * rates[0]
        n = np.sqrt(GM_EARTH_M3_S2 / a**3)
        ratio = EARTH_EQUATORIAL_RADIUS_M / a
        turn = 0.75 * J2_EARTH * n * ratio**2 * (5.0 * self.cos_i**2 - 1.0) * step_s
        frozen = -0.5 * _J3_EARTH / J2_EARTH * ratio * self.sin_i
        x = self.x[pick] + step_s * rates[1]
        y = self.y[pick] + step_s * rates[2] - frozen
        c, s = np.cos(turn), np.sin(turn)
        self.x[pick], self.y[pick] = c * x - s * y, frozen + s * x + c * y
        self.node[pick] += self.node_rate(a) * step_s
        self.a[pick] += step_s * rates[0]
        self.t[pick] += np.round(step_s * 1e6).astype(np.int64)
        self.rate[pick] = rates[0]


def _scale_height_m(height_m: Floats) -> Floats:
    """Rough and low: sizes the steps only."""
    return np.clip(0.13 * (height_m - 80_000.0), 4_000.0, 60_000.0)


def _run(members: _Members, until: Epoch, floor_m: float) -> tuple[MemberDecay, ...]:
    count = len(members.a)
    everyone = np.arange(count)
    height = members.lowest_height_m(everyone)
    if height.min() < floor_m:
        raise OutOfRangeError(
            f"the orbit's lowest height is {height.min() / 1e3:.1f} km, below the floor of {floor_m / 1e3:.1f} km"
        )
    members.rate = members.averaged(everyone, np.full(count, 5_400.0), np.zeros(count))[0]
    rows: list[list[tuple[int, float, float, float]]] = [[] for _ in range(count)]
    stopped: list[Literal["altitude floor"] | None] = [None] * count
    _record(members, everyone, height, rows)
    flying = everyone
    for _ in range(_MAX_STEPS):
        if len(flying) == 0:
            break
        left_s = (until.tai_us - members.t[flying]) / 1e6
        sink_m = _SINK * _scale_height_m(height[flying])
        step_s = np.clip(sink_m / np.maximum(-members.rate[flying], 1e-9), _SHORTEST_STEP_S, 86_400.0)
        step_s = np.minimum(step_s, left_s)
        rates = members.averaged(flying, step_s, members.rate[flying])
        fast = np.flatnonzero(step_s < 21_600.0)
        if len(fast):  # sinking fast: once more with the rate of this very step
            again = members.averaged(flying[fast], step_s[fast], rates[0][fast])
            for rate, better in zip(rates, again, strict=True):
                rate[fast] = better
        members.advance(flying, step_s, rates)
        height[flying] = members.lowest_height_m(flying)
        _record(members, flying, height, rows)
        down = height[flying] <= floor_m
        for k in flying[down]:
            stopped[k] = "altitude floor"
            _cut_at_floor(rows[k], floor_m)
        flying = flying[~down & (members.t[flying] < until.tai_us)]
    histories = []
    for k in range(count):
        t, mean, low, e = (np.array(c) for c in zip(*rows[k], strict=True))
        histories.append(MemberDecay(t.astype(np.int64), mean, low, e, stopped[k]))
    return tuple(histories)


def _record(
    members: _Members, pick: NDArray[np.int64], height: Floats, rows: list[list[tuple[int, float, float, float]]]
) -> None:
    for k in pick:
        rows[k].append(
            (
                int(members.t[k]),
                float(members.a[k]) - EARTH_EQUATORIAL_RADIUS_M,
                float(height[k]),
                math.hypot(members.x[k], members.y[k]),
            )
        )


def _cut_at_floor(rows: list[tuple[int, float, float, float]], floor_m: float) -> None:
    """Replace the step that went through the floor by the instant on it."""
    before, after = rows[-2], rows[-1]
    part = (before[2] - floor_m) / (before[2] - after[2])
    t = before[0] + round(part * (after[0] - before[0]))
    mean, e = (before[c] + part * (after[c] - before[c]) for c in (1, 3))
    rows[-1] = (t, mean, floor_m, e)
