"""The members of a forecast: what they differ in, their flight with the averaged engine, and their last revolutions.

Each member flies with the averaged engine, phase by phase, to the height at which its own drag ends the averaging
(:func:`stationkeeper.reentry.last_path.hand_over_m`, 130 to 200 km), and from there as a point on its orbit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.core.time_arrays import DAY_US, TimesUs, utc_day_number, utc_us
from stationkeeper.environment.density_error import DensityError, fit_weights
from stationkeeper.environment.outlook import WeatherPaths, as_known_on, continued, continued_members, msafe_members
from stationkeeper.environment.space_weather import Indices, SpaceWeather
from stationkeeper.flight.mean_elements import MeanOrbit, states_of
from stationkeeper.reentry.falling import Falling, split_normal
from stationkeeper.reentry.forecast import ENTRY_M, EntryForecast
from stationkeeper.reentry.last_path import HAND_OVER_SINK_M, LONGEST_S, Fallen, fly_down, hand_over_m

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OLDEST_STATE_DAYS: Final = 77.0
"""How much older than the day of the prediction a state may be: the outlook's members hold 81 observed days."""
LONGEST_YEARS: Final = 15.0
_BELOW_PHASE_M: Final = 5_000.0
_DRAWS: Final = 64
_LEVELS: Final = 9
_MEMORY_DAYS: Final = 40
_STREAM: Final = 0x656E747279


# ---- the weather ----------------------------------------------------------------------------------------------------


def weather_of(
    falling: Falling, members: int, seed: int, given: SpaceWeather | WeatherPaths | None, until: Epoch | None
) -> tuple[SpaceWeather | WeatherPaths, Epoch]:
    """What the members fly through, and the end of the flight.

    By default members of the bulletin that was known on ``falling.known_on``; without that day the observed table, and members of
    the newest bulletin from the last observed day on where a member may outlive it.
    """
    start = falling.start.epoch
    limit = start.plus_days(365.25 * LONGEST_YEARS)
    limit = min(limit, until) if until is not None else limit
    if isinstance(given, WeatherPaths):
        end = Epoch.parse("2000-01-01T00:00:00Z").plus_days(given.first_day + given.f107.shape[1] - 1.0)
        return given, min(limit, end)
    if given is not None:
        return given, min(limit, given.end.plus_days(-1.0))
    known_on = falling.known_on
    if known_on is None:
        observed = SpaceWeather.observed()
        calm = as_known_on(observed.end, 5)
        limit = _longest_life(falling, calm, min(limit, calm.end.plus_days(-40.0)))
        if limit <= start or limit.date < observed.last_observed:
            return continued(), limit
        return continued_members(members, seed, start, limit.plus_days(1.0)), limit
    if known_on > start.plus_days(OLDEST_STATE_DAYS):
        expected = f"a state at most {OLDEST_STATE_DAYS:g} days older than the day of the prediction, {known_on.date}"
        raise InputError.one("entry", "start", start, expected, "Name an earlier day, or take a newer state.")
    calm = as_known_on(known_on, 5)
    limit = _longest_life(falling, calm, min(limit, calm.end.plus_days(-40.0)))
    return msafe_members(known_on, members, seed, max(limit, known_on).plus_days(1.0)), limit


def _longest_life(falling: Falling, weather: SpaceWeather, limit: Epoch) -> Epoch:
    """An end that nearly every member reaches before: half as long again as with little drag under a calm Sun, and two months."""
    from stationkeeper.flight.engines.averaged import Members, fly_members

    least = float(falling.cdam_at(np.array([-2.5]))[0]) * min(p.drag_ratio.low for p in falling.attitude)
    start, floor = falling.start, float(hand_over_m(np.array([least]))[0])
    if limit <= start.epoch or start.perigee_altitude_m <= floor:
        return min(limit, start.epoch.plus_days(60.0))
    flown = fly_members(
        Members.of(start, least), limit, weather=weather, model=falling.density_model, altitudes_m=(), floor_m=floor
    )
    if flown.status[0] != "altitude floor":
        return limit
    life = Epoch(int(flown.end_tai_us[0])).days_since(start.epoch)
    return min(limit, start.epoch.plus_days(1.5 * life + 60.0))


# ---- what the members differ in -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be flown: ``count`` members of a falling body to ``until``; a member depends on ``seed`` and its index alone."""

    falling: Falling
    count: int
    seed: int
    weather: SpaceWeather | WeatherPaths
    until: Epoch
    error: DensityError

    @cached_property
    def draws(self) -> Floats:
        """Standard normals, (count, 64): column 0 for Cd * A / m, 1 + 2 k and 2 + 2 k for phase k's ratio and height."""
        return np.random.default_rng([_STREAM, self.seed]).standard_normal((self.count, _DRAWS))

    @cached_property
    def drawn_m2_kg(self) -> Floats:
        """Cd * A / m of each member as drawn."""
        return np.asarray(self.falling.cdam_at(self.draws[:, 0]))

    @cached_property
    def drag_m2_kg(self) -> Floats:
        """Cd * A / m of each member, less what its own air of the days of the calibration put into it."""
        cdam = self.drawn_m2_kg
        days = self.falling.calibrated_days
        if days is None:
            return cdam
        end = float(utc_us(self.falling.start.epoch)[0]) / DAY_US
        first, weights = fit_weights(end - days, end)
        ap = self._daily_ap(self.everyone, np.full(self.count, first), len(weights))
        met = self.error.factors(self.seed, self.everyone, first, ap)
        return np.asarray(cdam / (met @ weights))

    @cached_property
    def walk_day(self) -> int:
        """The UTC day on which the walk of the air's error begins: that of the start, or the first one of the calibration."""
        end = float(utc_us(self.falling.start.epoch)[0]) / DAY_US
        return math.floor(end - (self.falling.calibrated_days or 0.0))

    @cached_property
    def everyone(self) -> Ints:
        """Indices of all members."""
        return np.arange(self.count, dtype=np.int64)

    @cached_property
    def ratios(self) -> Floats:
        """Drag area ratio in each phase, (phases, count)."""
        return np.array(
            [split_normal(p.drag_ratio, self.draws[:, 1 + 2 * k]) for k, p in enumerate(self.falling.attitude)]
        )

    @cached_property
    def below_m(self) -> Floats:
        """Height at which each member enters each phase, (phases, count): one of nine levels evenly over the range; infinite for a phase
        that begins otherwise."""
        out = np.full((len(self.falling.attitude), self.count), np.inf)
        for k, phase in enumerate(self.falling.attitude):
            if (r := phase.below_m) is not None:
                u = np.array([0.5 * (1.0 + math.erf(z / math.sqrt(2.0))) for z in self.draws[:, 2 + 2 * k]])
                level = np.minimum((u * _LEVELS).astype(int), _LEVELS - 1)
                out[k] = r.low + (level + 0.5) / _LEVELS * (r.high - r.low)
        return out

    @cached_property
    def hand_over_m(self) -> Floats:
        """Where each member leaves the averaged engine: as its drag at the end asks, and below its last change of attitude."""
        lowest = self.below_m.min(axis=0, initial=np.inf) - _BELOW_PHASE_M
        return np.asarray(np.minimum(hand_over_m(self.drag_m2_kg * self.ratios[-1]), lowest))

    @cached_property
    def path(self) -> Ints:
        """Which table of weather each member takes."""
        return self.everyone % (len(self.weather) if isinstance(self.weather, WeatherPaths) else 1)

    def table(self, member: int) -> SpaceWeather:
        """The weather of a member."""
        w = self.weather
        return w.member(int(self.path[member])) if isinstance(w, WeatherPaths) else w

    def air_factors(self, rows: Ints, first_day: Ints, days: int) -> Floats:
        """Factors on the density of some members, each from its own first UTC day on, (p, days).

        The walk forgets within days, so the last :data:`_MEMORY_DAYS` before are walked (difference below 0.001).
        """
        begin = first_day - _MEMORY_DAYS
        ap = self._daily_ap(rows, begin, _MEMORY_DAYS + days)
        return np.asarray(self.error.factors(self.seed, rows, begin, ap, self.walk_day)[:, _MEMORY_DAYS:])

    def walk_before(self, rows: Ints, day: Ints) -> Floats:
        """State of the walk of some members on the day before a UTC day, as the averaged engine takes it, (p,)."""
        from stationkeeper.flight.engines.averaged.kernel import FRESH

        walked = self.error.states(self.seed, rows, day - 1 - _MEMORY_DAYS, _MEMORY_DAYS + 1, self.walk_day)[:, -1]
        return np.where(day > self.walk_day, walked, FRESH)

    def _daily_ap(self, rows: Ints, first_day: Ints, days: int) -> Floats:
        w = self.weather
        k = first_day[:, None] - w.first_day + np.arange(days)
        own = self.path[rows] if isinstance(w, WeatherPaths) else np.zeros(len(rows), dtype=np.int64)
        table = w.ap if isinstance(w, WeatherPaths) else w.ap[None]
        return np.asarray(table[own[:, None], np.clip(k, 0, table.shape[1] - 1)].mean(axis=2, dtype=np.float64))


# ---- the flight to the hand-over ------------------------------------------------------------------------------------


class Flown:
    """Members by the averaged engine, phase by phase, to their hand-over or another floor (not below it)."""

    def __init__(
        self, job: Job, heights_m: Sequence[float] = (), floor_m: float = 0.0, only: Ints | None = None
    ) -> None:
        from stationkeeper.flight.engines.averaged import Members

        self.job, n = job, job.count
        orbit = job.falling.start
        self.floor_m = np.maximum(job.hand_over_m, floor_m)
        self.members = Members.of(orbit, job.drag_m2_kg, mass_kg=job.falling.mass_kg, path=job.path)
        self.tai_us = self.members.epoch_tai_us.copy()
        elements = (orbit.semi_major_axis_m, orbit.ex, orbit.ey, orbit.raan_rad, orbit.argument_of_latitude_rad)
        self.elements = np.tile(elements, (n, 1))
        self.heights = np.array(heights_m, dtype=np.float64)
        self.crossed = np.full((n, len(self.heights)), -1, dtype=np.int64)
        self.ready = self._perigee() <= self.floor_m
        self.settings: dict[str, Any] = {}
        mine = np.ones(n, dtype=bool)
        if only is not None:
            mine[:] = False
            mine[only] = True
        for k in range(len(job.falling.attitude)):
            self._phase(k, mine)

    def _perigee(self) -> Floats:
        a, ex, ey = self.elements[:, 0], self.elements[:, 1], self.elements[:, 2]
        return np.asarray(a * (1.0 - np.hypot(ex, ey)) - EARTH_EQUATORIAL_RADIUS_M)

    def _phase(self, k: int, mine: NDArray[np.bool_]) -> None:
        """Fly phase k: to the trigger of the next one, or to the hand-over."""
        phases = self.job.falling.attitude
        following = None if k + 1 == len(phases) else phases[k + 1]
        going = mine & ~self.ready
        floors, end = self.floor_m, self.job.until
        if following is not None and following.below_m is not None:
            floors = np.maximum(self.job.below_m[k + 1], floors)
        elif following is not None and following.since is not None:
            end = min(end, following.since)
        # already past the trigger: the next phase holds from here on
        going &= (self._perigee() > floors) & (self.tai_us < end.tai_us)
        for floor in np.unique(floors[going]):
            self._leg(np.flatnonzero(going & (floors == floor)), k, float(floor), end)
        self.ready |= mine & (self._perigee() <= self.floor_m)

    def _leg(self, pick: Ints, phase: int, floor_m: float, end: Epoch) -> None:
        from stationkeeper.flight.engines.averaged import fly_members

        job = self.job
        start_day = np.asarray(utc_day_number(self.tai_us[pick]), dtype=np.int64)
        a, ex, ey, node, angle = (np.array(self.elements[pick, c]) for c in range(5))
        flying = replace(
            self.members.take(pick), epoch_tai_us=self.tai_us[pick], semi_major_axis_m=a, ex=ex, ey=ey, raan_rad=node,
            argument_of_latitude_rad=angle, drag_m2_kg=(job.drag_m2_kg * job.ratios[phase])[pick],
            walk=job.walk_before(pick, start_day),
        )  # fmt: skip
        dated = self.heights[self.heights >= floor_m]
        out = fly_members(
            flying, end, weather=job.weather, model=job.falling.density_model, altitudes_m=tuple(dated), floor_m=floor_m,
            density_error=job.error, seed=job.seed, burn_slots=0,
        )  # fmt: skip
        self.settings = out.settings
        self.tai_us[pick], self.elements[pick] = out.end_tai_us, out.end_elements
        now = self.crossed[pick, : len(dated)]
        self.crossed[pick, : len(dated)] = np.where(now == -1, out.lowest_crossing_tai_us, now)
        self.ready[pick] |= (out.status == "altitude floor") & (floor_m <= self.floor_m[pick])

    def mean_elements(self, rows: Ints) -> Floats:
        """Mean elements of some members where they stand, (p, 6)."""
        inclination = np.full(len(rows), self.job.falling.start.inclination_rad)
        e = self.elements[rows]
        return np.column_stack([e[:, :3], inclination, e[:, 3:]])

    def orbit(self, member: int) -> MeanOrbit:
        """The same of one member."""
        a, ex, ey, i, node, angle = (float(x) for x in self.mean_elements(np.array([member]))[0])
        return MeanOrbit(Epoch(int(self.tai_us[member])), a, ex, ey, i, node % math.tau, angle % math.tau)

    def drag_m2_kg(self, rows: Ints) -> Floats:
        """Cd * A / m of some members in the last phase that they reached, without the air's factor."""
        reached, on = np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=bool)
        for k, p in enumerate(self.job.falling.attitude):
            late = p.since is not None and self.tai_us[rows] < p.since.tai_us
            on &= ~(late | (self.job.below_m[k, rows] < self.floor_m[rows]))
            reached[on] = k
        return np.asarray(self.job.drag_m2_kg[rows] * self.job.ratios[reached, rows])

    def fall(self) -> tuple[Ints, Fallen]:
        """The members that reached the hand-over, flown down from it; the other heights that they pass are dated."""
        rows = np.flatnonzero(self.ready)
        days = np.asarray(utc_day_number(self.tai_us[rows]), dtype=np.int64)
        position, velocity = states_of(self.tai_us[rows], self.mean_elements(rows))
        drag = self.drag_m2_kg(rows)[:, None] * self.job.air_factors(rows, days, round(LONGEST_S / 86_400.0) + 1)
        fallen = fly_down(
            self.tai_us[rows], position, velocity, drag, _indices(self.job, rows, self.tai_us[rows]),
            heights_m=self.heights.tolist(), model=self.job.falling.density_model,
        )  # fmt: skip
        self.crossed[rows] = np.where(self.crossed[rows] == -1, fallen.passed_tai_us, self.crossed[rows])
        return rows, fallen


def _indices(job: Job, rows: Ints, tai_us: TimesUs) -> Indices:
    """The indices of each member where it stands."""
    w = job.weather
    if isinstance(w, SpaceWeather) or not len(rows):
        return (w if isinstance(w, SpaceWeather) else w.member(0)).indices_at(tai_us)
    days = np.asarray(utc_day_number(tai_us), dtype=np.int64) - w.first_day
    found = []
    for path, day, t in zip(job.path[rows].tolist(), days.tolist(), tai_us, strict=True):
        few = slice(max(0, day - 5), day + 2)
        own = WeatherPaths(
            w.first_day + few.start, 0, w.f107[path : path + 1, few], w.f107a[path : path + 1, few], w.ap[path : path + 1, few],
            w.labels[path : path + 1], w.source, w.provenance,
        )  # fmt: skip
        found.append(own.member(0).indices_at(np.array([t])))
    return Indices(*(np.concatenate([getattr(f, name) for f in found]) for name in Indices._fields))


# ---- all together ---------------------------------------------------------------------------------------------------


def collect(job: Job, flown: Flown, rows: Ints, f: Fallen) -> EntryForecast:
    """What all members gave."""
    falling, down = job.falling, f.tai_us != -1
    error = job.error
    settings: dict[str, Any] = {
        "engine": f"averaged until a revolution sinks it by {HAND_OVER_SINK_M / 1e3:g} km ({job.hand_over_m.min() / 1e3:g} to "
        f"{job.hand_over_m.max() / 1e3:g} km), then a path of the zonal field and MSIS to {ENTRY_M / 1e3:g} km",
        "density_model": falling.density_model, "members": job.count, "seed": job.seed,
        "space_weather": job.weather.source, "known_on": None if falling.known_on is None else falling.known_on.date,
        "density_error": vars(error).copy(), "calibrated_days": falling.calibrated_days, "averaged": flown.settings,
        "cdam_m2_kg": _plain(falling.cdam_m2_kg),
        "attitude": [
            {
                "kind": p.kind, "drag_ratio": _plain(p.drag_ratio), "below_km": None if p.below_m is None else [p.below_m.low / 1e3, p.below_m.high / 1e3],
                "since_utc": None if p.since is None else p.since.isoformat(0), "why": p.why,
            }
            for p in falling.attitude
        ],
    }  # fmt: skip
    notes = []
    if (up := job.count - int(down.sum())) > 0:
        notes.append(f"{up} of {job.count} members are still up on {job.until.date}, where the flight ends")
    if falling.known_on is not None and falling.known_on < falling.start.epoch.plus_days(-1.0):
        notes.append(
            f"the state is later than {falling.known_on.date}, the day on which the space weather counts as known"
        )
    return EntryForecast(
        falling.name, falling.start.inclination_rad, falling.start.epoch, rows[down], f.tai_us[down],
        f.latitude_rad[down], f.longitude_rad[down], f.speed_m_s[down], f.flight_path_angle_rad[down], f.azimuth_rad[down],
        f.position_gcrf_m[down], f.velocity_gcrf_m_s[down], up, job.until, flown.heights, flown.crossed, job.drag_m2_kg, None,
        tuple(notes), settings, job.drawn_m2_kg,
    )  # fmt: skip


def _plain(r: Range | tuple[float, float]) -> dict[str, float]:
    if isinstance(r, Range):
        return {"best": r.best, "low": r.low, "high": r.high}
    return {"best": r[0], "sigma_ln": r[1]}
