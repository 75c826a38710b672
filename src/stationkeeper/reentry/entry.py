"""When and where a body comes down: the time at which it passes 120 km, as a distribution.

Model: every member has its own Cd * A / m, its own air (a random factor on the density of each day,
:class:`~stationkeeper.environment.density_error.DensityError`), its own solar activity where the future is not known, and its own
course of attitudes. It flies with the averaged engine to a lowest height of :data:`HAND_OVER_M`, and from there as a point on its orbit
(:mod:`stationkeeper.reentry.last_path`) to a geodetic height of :data:`ENTRY_M`. The median member is flown again by the
numerical engine from :data:`NUMERICAL_FROM_M`, wherever that engine reaches; ``settings["median_member"]`` holds the difference.

Attitude: a list of phases, each with its drag area as a multiple of the area that Cd * A / m belongs to, from a height or a date on.
Below about 220 km no station has been held without thrusters (:data:`CONTROL_LOST_M`).

Neglected: lift, winds, the loss of parts on the way (arrays bend and break above 95 km only), change of the drag coefficient from
free-molecular to denser flow, errors of the start state, that an error of the air at one height need not be that at another. A
place in the orbit is only known while the spread of the entry times is below a revolution; beyond that every place under the orbit is possible.

Validation status: checked against the numerical engine (tests/reentry/test_entry.py); windows against history in validation/hindcasts.

References
----------
ISO 27875:2019, Space systems, re-entry risk management: re-entry at an altitude of about 120 km. Source key: iso-27875.
Pardini and Anselmo, on the first 20 re-entry campaigns of the Inter-Agency Space Debris Coordination Committee: mean error about
10 % of the residual lifetime, 90 % of the predictions within 20 %. Source key: pardini-anselmo-iadc.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_FLATTENING
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, EngineError, InputError, OutOfRangeError, Problem
from stationkeeper.core.ranges import Range
from stationkeeper.core.time_arrays import TimesUs, utc_day_number
from stationkeeper.environment.atmosphere.msis import DensityModel, check_model
from stationkeeper.environment.density_error import DensityError
from stationkeeper.environment.outlook import WeatherPaths, as_known_on, continued, msafe_members
from stationkeeper.environment.space_weather import Indices, SpaceWeather
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.reentry.last_path import Fallen, fly_down

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Attitude = Literal["held", "gravity-gradient", "tumbling", "as fitted"]

ENTRY_M: Final = 120_000.0
HAND_OVER_M: Final = 150_000.0
NUMERICAL_FROM_M: Final = 200_000.0
CONTROL_LOST_M: Final = Range(220_000.0, 200_000.0, 240_000.0)
"""Where gyroscopes alone no longer hold a large station: about 220 km; the range is assumed."""
UNCHANGED: Final = Range(1.0, 1.0, 1.0)
UNCALIBRATED_SIGMA_LN: Final = 0.2 / 1.6448536269514722
"""Spread of ln(Cd * A / m) where nobody measured it: 90 % within 20 %, as the predictions of the campaigns (pardini-anselmo-iadc)."""
YARDSTICK_PART: Final = 0.20
HEIGHTS_M: Final = (330_000.0, 280_000.0, 220_000.0, 200_000.0, 150_000.0)
LONGEST_YEARS: Final = 15.0
_Z95: Final = 1.6448536269514722
_DRAWS: Final = 64
_OLDEST_STATE_DAYS: Final = 77.0  # the outlook's members hold 81 observed days
_LEVELS: Final = 9
_MEMORY_DAYS: Final = 40
_STREAM: Final = 0x656E747279


@dataclass(frozen=True, slots=True)
class AttitudePhase:
    """How the body flies from a height or a date on.

    Parameters
    ----------
    kind : ``held``, ``gravity-gradient``, ``tumbling``, or ``as fitted`` (whatever it did while its drag was measured).
    drag_ratio : its drag area over the area that Cd * A / m belongs to.
    below_m : it begins where the lowest height over the revolution passes this; evenly spread over the range.
    since : or it begins on this date; neither: from the start.
    why : a few words, with the source or "assumed".
    """

    kind: Attitude
    drag_ratio: Range = UNCHANGED
    below_m: Range | None = None
    since: Epoch | None = None
    why: str = ""

    def __post_init__(self) -> None:
        problems = []
        if self.below_m is not None and self.since is not None:
            problems.append(Problem("attitude", "below_m, since", "both", "one of them, or neither for the start"))
        if not (math.isfinite(self.drag_ratio.high) and self.drag_ratio.low > 0.0):
            problems.append(Problem("attitude", "drag_ratio", repr(self.drag_ratio), "finite numbers above 0"))
        if self.below_m is not None and not (self.below_m.low >= HAND_OVER_M + 5e3 and self.below_m.high <= 8e5):
            found = f"{self.below_m.low / 1e3:g} to {self.below_m.high / 1e3:g} km"
            problems.append(Problem("attitude", "below_m", found, f"heights from {HAND_OVER_M / 1e3 + 5:g} to 800 km"))
        if problems:
            raise InputError(problems)


AS_FITTED: Final = AttitudePhase("as fitted", why="the attitude in which its drag was measured, to the end")


@dataclass(frozen=True)
class Falling:
    """A body on its way down.

    Parameters
    ----------
    start : mean orbit.
    mass_kg : mass, for a report and the break-up.
    cdam_m2_kg : Cd * A / m of the density model: a range (its ends taken as 5 and 95 %, the logarithm normal on either side), or (best, standard
        deviation of the logarithm).
    attitude : phases in the order in which they come.
    known_on : the day on which the prediction is made: nothing later is used. None: with all that is known now.
    density_model : that Cd * A / m was fitted with.
    name : for a report.
    """

    start: MeanOrbit
    mass_kg: float
    cdam_m2_kg: Range | tuple[float, float]
    attitude: tuple[AttitudePhase, ...] = (AS_FITTED,)
    known_on: Epoch | None = None
    density_model: DensityModel = "nrlmsise00"
    name: str = "body"

    def __post_init__(self) -> None:
        check_model(self.density_model)
        problems = []
        if not (math.isfinite(self.mass_kg) and self.mass_kg > 0.0):
            problems.append(Problem("falling body", "mass_kg", repr(self.mass_kg), "a finite number above 0"))
        c = self.cdam_m2_kg
        low, high = (c.low, c.high) if isinstance(c, Range) else (c[0], c[0])
        if not (0.0 < low <= high < 100.0 and math.isfinite(high)):
            problems.append(Problem("falling body", "cdam_m2_kg", f"{low!r} to {high!r}", "numbers above 0, below 100"))
        if not isinstance(c, Range) and not 0.0 <= c[1] <= 1.0:
            problems.append(Problem("falling body", "cdam_m2_kg", f"a spread of {c[1]!r}", "0 to 1 (of the logarithm)"))
        if not 1 <= len(self.attitude) <= 30 or any(p.below_m is None and p.since is None for p in self.attitude[1:]):
            found = f"{len(self.attitude)} phases"
            problems.append(
                Problem("falling body", "attitude", found, "1 to 30, and a height or date for each but the first")
            )
        if problems:
            raise InputError(problems)

    @property
    def best_cdam_m2_kg(self) -> float:
        """The best value."""
        return self.cdam_m2_kg.best if isinstance(self.cdam_m2_kg, Range) else self.cdam_m2_kg[0]

    def cdam_at(self, z: Floats) -> Floats:
        """Cd * A / m at ``z`` standard deviations."""
        c = self.cdam_m2_kg
        if not isinstance(c, Range):
            return np.asarray(c[0] * np.exp(z * c[1]))
        return np.asarray(_split_normal(c, z))


@dataclass(frozen=True, eq=False)
class EntryForecast:
    """What came out; arrays have one row for each member that came down, ``member`` names it.

    Parameters
    ----------
    name, inclination_rad : of the body.
    start : when the flight begins.
    member : (n,) index among all members.
    entry_tai_us : (n,) when it passes 120 km.
    latitude_rad, longitude_rad : (n,) geodetic, there.
    speed_m_s, flight_path_angle_rad, azimuth_rad : (n,) of the inertial velocity; the angle to the geodetic horizon is negative on the
        way down, the azimuth counts clockwise from north.
    position_gcrf_m, velocity_gcrf_m_s : (n, 3) there.
    not_down : members that were still up at ``until``.
    until : end of the flight.
    heights_m, height_tai_us : (k,) and (all, k): when each of all members first is at or below other heights over a revolution; -1 never.
    cdam_m2_kg : (all,) what each flew with.
    median_path : the median member from 200 km, by the numerical engine; None where it could not.
    notes : what a reader must know.
    settings : for a report.
    """

    name: str
    inclination_rad: float
    start: Epoch
    member: Ints
    entry_tai_us: TimesUs
    latitude_rad: Floats
    longitude_rad: Floats
    speed_m_s: Floats
    flight_path_angle_rad: Floats
    azimuth_rad: Floats
    position_gcrf_m: Floats
    velocity_gcrf_m_s: Floats
    not_down: int
    until: Epoch
    heights_m: Floats
    height_tai_us: TimesUs
    cdam_m2_kg: Floats
    median_path: Trajectory | None = None
    notes: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def members(self) -> int:
        """All members, down or not."""
        return len(self.entry_tai_us) + self.not_down

    @property
    def states(self) -> tuple[Floats, Floats]:
        """Positions (m) and velocities (m/s) at entry, GCRF, (n, 3) each."""
        return self.position_gcrf_m, self.velocity_gcrf_m_s

    @cached_property
    def _sorted(self) -> TimesUs:
        return np.sort(self.entry_tai_us)

    def quantile_or_none(self, p: float) -> Epoch | None:
        """As :meth:`quantile`; None where that member is still up."""
        return _quantile(self._sorted, self.members, p)

    def quantile(self, p: float) -> Epoch:
        """The time by which a share ``p`` of all members has entered. Raises ``OutOfRangeError`` where fewer have."""
        found = self.quantile_or_none(p)
        if found is None:
            raise OutOfRangeError(
                f"the time at which {100 * p:g} % have come down is asked for, but {self.not_down} of {self.members} members are still up on {self.until.date}"
            )
        return found

    def window(self, share: float) -> tuple[Epoch, Epoch]:
        """The central window that holds a share of the members. Raises as :meth:`quantile`."""
        return self.quantile(0.5 - 0.5 * share), self.quantile(0.5 + 0.5 * share)

    def yardstick(self) -> tuple[Epoch, Epoch]:
        """20 % of the remaining time on either side of the median: what agencies quote."""
        median = self.quantile(0.5)
        part_s = YARDSTICK_PART * (median - self.start)
        return median.plus_s(-part_s), median.plus_s(part_s)

    def height_quantile(self, height_m: float, p: float) -> Epoch | None:
        """The time by which a share of all members is at or below one of ``heights_m``; None where fewer are. Raises ``InputError``."""
        if height_m == ENTRY_M:
            return self.quantile_or_none(p)
        column = np.flatnonzero(self.heights_m == height_m)
        if not len(column):
            dated = ", ".join(f"{h / 1e3:g}" for h in self.heights_m)
            raise InputError.one("entry", "height_m", f"{height_m / 1e3:g} km", f"one of the dated heights: {dated} km")
        t = self.height_tai_us[:, column[0]]
        return _quantile(np.sort(t[t != -1]), self.members, p)

    @property
    def latitude_band_deg(self) -> tuple[float, float]:
        """Geodetic latitudes under the orbit, south and north."""
        i = min(self.inclination_rad, math.pi - self.inclination_rad)
        most = (
            math.degrees(math.atan(math.tan(i) / (1.0 - EARTH_FLATTENING) ** 2)) if i < 0.5 * math.pi - 1e-9 else 90.0
        )
        return -most, most

    @property
    def median_row(self) -> int:
        """The row of the member nearest to the median of all."""
        order = np.argsort(self.entry_tai_us, kind="stable")
        if not len(order):
            raise OutOfRangeError(f"no member has come down by {self.until.date}")
        return int(order[min(len(order) - 1, (self.members - 1) // 2)])


def _quantile(ordered: TimesUs, count: int, p: float) -> Epoch | None:
    """The p-quantile of ``count`` times of which only the first are known, linear between members."""
    if not 0.0 <= p <= 1.0:
        raise InputError.one("quantile", "p", p, "0 to 1")
    place = p * (count - 1)
    k = math.floor(place)
    if count == 0 or math.ceil(place) >= len(ordered):
        return None
    after = ordered[min(k + 1, len(ordered) - 1)]
    return Epoch(int(ordered[k] + round((place - k) * float(after - ordered[k]))))


def predict(
    falling: Falling,
    *,
    members: int = 400,
    seed: int = 0,
    weather: SpaceWeather | WeatherPaths | None = None,
    until: Epoch | None = None,
    density_error: DensityError | None = None,
    numerical_median: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> EntryForecast:
    """When and where it comes down.

    Parameters
    ----------
    falling : the body.
    members : how many, 1 or more; member k depends on ``seed`` and k alone.
    seed : 0 or more.
    weather : one table for all, or paths that the members take in turn. By default: members of NASA's bulletin as known on
        ``falling.known_on``; without that date the observed table, then the newest bulletin's median.
    until : an earlier end; members still up then count as not down.
    density_error : its settings.
    numerical_median : whether the median member is flown by the numerical engine too (seconds).
    progress : is told what is being done.

    Raises
    ------
    InputError
        For settings out of range, and an orbit that the averaged engine does not hold.
    DataAgeError
        When the weather does not hold the start.
    """
    if not 1 <= members <= 100_000 or seed < 0:
        raise InputError.one(
            "entry", "members, seed", f"{members}, {seed}", "1 to 100,000 members and a seed of 0 or more"
        )
    start = falling.start.epoch
    if until is not None and until <= start:
        raise InputError.one("entry", "until", until, f"a time after the start, {start}")
    error = density_error or DensityError()
    known_on = falling.known_on
    if weather is None and known_on is not None and known_on > start.plus_days(_OLDEST_STATE_DAYS):
        expected = f"a state at most {_OLDEST_STATE_DAYS:g} days older than the day of the prediction, {known_on.date}"
        raise InputError.one("entry", "start", start, expected, "Name an earlier day, or take a newer state.")
    try:
        progress("how far the space weather must reach")
        table, end = _weather(falling, members, seed, weather, until)
        job = _Job(falling, members, seed, table, end, error)
        progress(f"{members} members with the averaged engine")
        flown = _Flown(job)
        progress("the last revolutions")
        forecast = flown.forecast(_last(job, flown))
    except OutOfRangeError as e:
        raise InputError.one("start", "", str(e), "an orbit and indices that the averaged engine holds") from None
    if numerical_median and len(forecast.entry_tai_us):
        progress("the median member with the numerical engine")
        forecast = with_numerical_median(job, forecast)
    return forecast


# ---- what the members differ in -------------------------------------------------------------------------------------


def _split_normal(r: Range, z: Floats) -> Floats:
    """Value at ``z`` standard deviations: the logarithm normal on either side of the best, its 5 and 95 % at the ends."""
    down, up = math.log(r.best / r.low) / _Z95, math.log(r.high / r.best) / _Z95
    return np.asarray(r.best * np.exp(z * np.where(z > 0.0, up, down)))


def _weather(
    falling: Falling, members: int, seed: int, given: SpaceWeather | WeatherPaths | None, until: Epoch | None
) -> tuple[SpaceWeather | WeatherPaths, Epoch]:
    """What the members fly through, and the end of the flight."""
    start = falling.start.epoch
    limit = start.plus_days(365.25 * LONGEST_YEARS)
    limit = min(limit, until) if until is not None else limit
    if isinstance(given, WeatherPaths):
        return given, min(
            limit, Epoch.parse("2000-01-01T00:00:00Z").plus_days(given.first_day + given.f107.shape[1] - 1.0)
        )
    if given is not None:
        return given, min(limit, given.end.plus_days(-1.0))
    if falling.known_on is None:
        table = continued()
        return table, min(limit, table.end.plus_days(-1.0))
    calm = as_known_on(falling.known_on, 5)
    limit = min(limit, calm.end.plus_days(-40.0))
    longest = _longest_life(falling, calm, limit)
    limit = min(limit, longest)
    return msafe_members(falling.known_on, members, seed, limit.plus_days(1.0)), limit


def _longest_life(falling: Falling, weather: SpaceWeather, limit: Epoch) -> Epoch:
    """An end that nearly every member reaches before: half as long again as with little drag under a calm Sun, and a month."""
    from stationkeeper.flight.engines.averaged import Members, fly_members

    least = float(falling.cdam_at(np.array([-2.5]))[0]) * min(p.drag_ratio.low for p in falling.attitude)
    if falling.start.perigee_altitude_m <= HAND_OVER_M:
        return min(limit, falling.start.epoch.plus_days(60.0))
    flown = fly_members(
        Members.of(falling.start, least),
        limit,
        weather=weather,
        model=falling.density_model,
        altitudes_m=(),
        floor_m=HAND_OVER_M,
    )
    if flown.status[0] != "altitude floor":
        return limit
    life = Epoch(int(flown.end_tai_us[0])).days_since(falling.start.epoch)
    return min(limit, falling.start.epoch.plus_days(1.5 * life + 60.0))


@dataclass(frozen=True, eq=False)
class _Job:
    """What is to be flown."""

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
    def cdam(self) -> Floats:
        return self.falling.cdam_at(self.draws[:, 0])

    def ratio(self, phase: int) -> Floats:
        """Drag area ratio of each member in a phase."""
        return np.asarray(_split_normal(self.falling.attitude[phase].drag_ratio, self.draws[:, 1 + 2 * phase]))

    def below(self, phase: int) -> Floats:
        """Height at which each member enters a phase, one of nine levels evenly over the range."""
        r = self.falling.attitude[phase].below_m
        assert r is not None  # noqa: S101 - asked for phases with a height only
        if r.low == r.high:
            return np.full(self.count, r.best)
        u = np.array([0.5 * (1.0 + math.erf(z / math.sqrt(2.0))) for z in self.draws[:, 2 + 2 * phase]])
        level = np.minimum((u * _LEVELS).astype(int), _LEVELS - 1)
        return np.asarray(r.low + (level + 0.5) / _LEVELS * (r.high - r.low))

    @cached_property
    def path(self) -> Ints:
        """Which table of weather each member takes."""
        n = len(self.weather) if isinstance(self.weather, WeatherPaths) else 1
        return np.arange(self.count, dtype=np.int64) % n

    def table(self, member: int) -> SpaceWeather:
        """The weather of a member."""
        w = self.weather
        return w.member(int(self.path[member])) if isinstance(w, WeatherPaths) else w

    def daily_ap(self, member: int, first_day: int, days: int) -> Floats:
        """Mean ap of days that start at a UTC day number, (days,)."""
        w = self.weather
        rows = w.ap[int(self.path[member])] if isinstance(w, WeatherPaths) else w.ap
        k = np.clip(first_day - w.first_day + np.arange(days), 0, len(rows) - 1)
        return np.asarray(rows[k].mean(axis=1, dtype=np.float64))

    def air_factors(self, member: int, leg_day: int, first_day: int, days: int) -> Floats:
        """The member's factors on the density of days from ``first_day`` on, of the walk that began on ``leg_day``.

        The walk forgets within days, so at most the last :data:`_MEMORY_DAYS` before are walked (difference below 0.001).
        """
        begin = max(leg_day, first_day - _MEMORY_DAYS)
        ap = self.daily_ap(member, begin, first_day - begin + days)
        return np.asarray(self.error.factors(self.seed, [member], begin, ap)[0, first_day - begin :])


# ---- the flight to the hand-over ------------------------------------------------------------------------------------


class _Flown:
    """All members by the averaged engine, phase by phase, to the hand-over."""

    def __init__(self, job: _Job, floor_m: float = HAND_OVER_M, only: Ints | None = None) -> None:
        from stationkeeper.flight.engines.averaged import Members

        self.job, self.floor_m = job, floor_m
        orbit, n = job.falling.start, job.count
        self.members = Members.of(orbit, job.cdam, mass_kg=job.falling.mass_kg, path=job.path)
        self.tai_us = self.members.epoch_tai_us.copy()
        elements = (orbit.semi_major_axis_m, orbit.ex, orbit.ey, orbit.raan_rad, orbit.argument_of_latitude_rad)
        self.elements = np.tile(elements, (n, 1))
        self.heights = np.array([h for h in HEIGHTS_M if h >= floor_m])
        self.crossed = np.full((n, len(self.heights)), -1, dtype=np.int64)
        self.ready = np.full(n, self._perigee().min() <= floor_m)
        self.lost = np.zeros(n, dtype=bool)
        self.leg_day = np.asarray(utc_day_number(self.tai_us), dtype=np.int64)
        self.settings: dict[str, Any] = {}
        mine = np.ones(n, dtype=bool)
        if only is not None:
            mine[:] = False
            mine[only] = True
        for k in range(len(job.falling.attitude)):
            self._phase(k, mine)
        self.lost |= mine & ~self.ready

    def _perigee(self) -> Floats:
        a, ex, ey = self.elements[:, 0], self.elements[:, 1], self.elements[:, 2]
        return np.asarray(a * (1.0 - np.hypot(ex, ey)) - EARTH_EQUATORIAL_RADIUS_M)

    def _phase(self, k: int, mine: NDArray[np.bool_]) -> None:
        """Fly phase k: to the trigger of the next one, or to the hand-over."""
        phases = self.job.falling.attitude
        last = k + 1 == len(phases)
        following = None if last else phases[k + 1]
        going = mine & ~self.ready & ~self.lost
        floors = np.full(self.job.count, self.floor_m)
        end = self.job.until
        if following is not None and following.below_m is not None:
            floors = np.maximum(self.job.below(k + 1), self.floor_m)
        elif following is not None and following.since is not None:
            end = min(end, following.since)
        # already past the trigger: the next phase holds from here on
        going &= (self._perigee() > floors) & (self.tai_us < end.tai_us)
        for floor in np.unique(floors[going]):
            self._leg(np.flatnonzero(going & (floors == floor)), k, float(floor), end)
        self.ready |= mine & (self._perigee() <= self.floor_m)

    def _leg(self, pick: Ints, phase: int, floor_m: float, end: Epoch) -> None:
        from stationkeeper.flight.engines.averaged import Members, fly_members

        job, m = self.job, self.members.take(pick)
        a, ex, ey, node, phase_rad = (np.array(self.elements[pick, c]) for c in range(5))
        drag = job.cdam[pick] * job.ratio(phase)[pick]
        flying = Members(
            self.tai_us[pick], a, ex, ey, m.inclination_rad.copy(), node, phase_rad, drag, m.mass_kg.copy(),
            m.propellant_kg.copy(), m.exhaust_m_s.copy(), m.floor_m.copy(), m.ceiling_m.copy(), m.path.copy(), m.schedule.copy(), m.identity.copy(),
        )  # fmt: skip
        dated = self.heights[self.heights >= floor_m]
        out = fly_members(
            flying, end, weather=job.weather, model=job.falling.density_model, altitudes_m=tuple(dated), floor_m=floor_m,
            density_error=job.error, seed=job.seed, burn_slots=0,
        )  # fmt: skip
        self.settings = out.settings
        self.leg_day[pick] = utc_day_number(self.tai_us[pick])
        self.tai_us[pick], self.elements[pick] = out.end_tai_us, out.end_elements
        now = self.crossed[pick, : len(dated)]
        self.crossed[pick, : len(dated)] = np.where(now == -1, out.lowest_crossing_tai_us, now)
        down = out.status == "altitude floor"
        self.lost[pick] |= ~down & (end >= job.until)
        if floor_m <= self.floor_m:
            self.ready[pick] |= down

    def orbit(self, member: int) -> MeanOrbit:
        """Mean elements of a member where it stands."""
        a, ex, ey, node, angle = (float(x) for x in self.elements[member])
        i = self.job.falling.start.inclination_rad
        return MeanOrbit(Epoch(int(self.tai_us[member])), a, ex, ey, i, node % math.tau, angle % math.tau)

    def drag_m2_kg(self, member: int) -> float:
        """Cd * A / m of a member in the last phase that it reached, without the air's factor."""
        return float(self.job.cdam[member] * self.job.ratio(self.last_phase(member))[member])

    def last_phase(self, member: int) -> int:
        """The last phase whose height lies above the hand-over or whose date is past."""
        reached = 0
        for k, p in enumerate(self.job.falling.attitude):
            late = p.since is not None and p.since.tai_us > self.tai_us[member]
            low = p.below_m is not None and self.job.below(k)[member] < self.floor_m
            if late or low:
                break
            reached = k
        return reached

    def forecast(self, last: tuple[Ints, Fallen]) -> EntryForecast:
        """All together."""
        job, (rows, f) = self.job, last
        down = f.tai_us != -1
        error = job.error
        settings: dict[str, Any] = {
            "engine": f"averaged to {HAND_OVER_M / 1e3:g} km, then a path of the zonal field and MSIS to {ENTRY_M / 1e3:g} km",
            "density_model": job.falling.density_model, "members": job.count, "seed": job.seed,
            "space_weather": job.weather.source, "known_on": None if job.falling.known_on is None else job.falling.known_on.date,
            "density_error": vars(error).copy(), "averaged": self.settings,
            "cdam_m2_kg": _plain(job.falling.cdam_m2_kg),
            "attitude": [
                {
                    "kind": p.kind, "drag_ratio": _plain(p.drag_ratio), "below_km": None if p.below_m is None else [p.below_m.low / 1e3, p.below_m.high / 1e3],
                    "since_utc": None if p.since is None else p.since.isoformat(0), "why": p.why,
                }
                for p in job.falling.attitude
            ],
        }  # fmt: skip
        notes = []
        if (up := job.count - int(down.sum())) > 0:
            notes.append(f"{up} of {job.count} members are still up on {job.until.date}, where the flight ends")
        known_on = job.falling.known_on
        if known_on is not None and known_on < job.falling.start.epoch.plus_days(-1.0):
            notes.append(f"the state is later than {known_on.date}, the day on which the space weather counts as known")
        if known_on is None and job.weather.source and isinstance(job.weather, SpaceWeather):
            known = job.weather.last_observed
            if known and down.any() and Epoch(int(f.tai_us[down].max())).date > known:
                notes.append(
                    f"one path of solar activity after {known}: that the Sun may do otherwise is left out of the window; name a day with known_on"
                )
        return EntryForecast(
            job.falling.name, job.falling.start.inclination_rad, job.falling.start.epoch, rows[down], f.tai_us[down],
            f.latitude_rad[down], f.longitude_rad[down], f.speed_m_s[down], f.flight_path_angle_rad[down], f.azimuth_rad[down],
            f.position_gcrf_m[down], f.velocity_gcrf_m_s[down], up, job.until, self.heights, self.crossed, job.cdam, None,
            tuple(notes), settings,
        )  # fmt: skip


def _plain(r: Range | tuple[float, float]) -> dict[str, float]:
    if isinstance(r, Range):
        return {"best": r.best, "low": r.low, "high": r.high}
    return {"best": r[0], "sigma_ln": r[1]}


def _last(job: _Job, flown: _Flown) -> tuple[Ints, Fallen]:
    """The members that reached the hand-over, flown down from it."""
    rows = np.flatnonzero(flown.ready)
    states = [flown.orbit(int(k)).to_state() for k in rows]
    days = np.asarray(utc_day_number(flown.tai_us), dtype=np.int64)
    drag = np.array(
        [flown.drag_m2_kg(k) * job.air_factors(k, int(flown.leg_day[k]), int(days[k]), 1)[0] for k in map(int, rows)]
    )
    position, velocity = (
        np.array([getattr(s, name) for s in states]).reshape(-1, 3) for name in ("position_gcrf_m", "velocity_gcrf_m_s")
    )
    return rows, fly_down(
        flown.tai_us[rows], position, velocity, drag, _indices(job, rows, flown.tai_us), model=job.falling.density_model
    )


def _indices(job: _Job, rows: Ints, tai_us: TimesUs) -> Indices:
    """The indices of each member where it stands."""
    if isinstance(job.weather, SpaceWeather):
        return job.weather.indices_at(tai_us[rows])
    found = [job.table(int(k)).indices_at(tai_us[k : k + 1]) for k in rows]
    return Indices(
        *(np.concatenate([getattr(f, name) for f in found]) for name in Indices._fields)
        if found
        else (np.empty(0), np.empty(0), np.empty((0, 7)))
    )


# ---- the numerical engine -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class NumericalEntry:
    """One member flown numerically from 200 km (or from its start) to entry."""

    member: int
    start: Epoch
    entry: Epoch
    path: Trajectory


def numerical_entry(job: _Job, member: int) -> NumericalEntry:
    """A member again: averaged to 200 km, the osculating state that belongs to the mean elements there, then the numerical engine.

    Raises ``EngineError``, ``DataAgeError`` or ``OutOfRangeError`` where that engine does not reach.
    """
    from stationkeeper.core.frames import earth_orientation
    from stationkeeper.flight.body import Body
    from stationkeeper.flight.drag_profile import DragProfile
    from stationkeeper.flight.engines.numerical import ALTITUDE_FLOOR, Forces, fly

    if job.falling.density_model != "nrlmsise00":
        raise EngineError(f"the numerical engine has no {job.falling.density_model}")
    upper = _Flown(job, NUMERICAL_FROM_M, np.array([member]))
    orbit = upper.orbit(member)
    end = orbit.epoch.plus_days(60.0)
    if end.tai_us > earth_orientation().times[-1]:
        raise DataAgeError("Earth orientation is not known that far ahead")
    if any(
        p.below_m is not None and job.below(k)[member] < NUMERICAL_FROM_M for k, p in enumerate(job.falling.attitude)
    ):
        raise EngineError("an attitude changes below 200 km, which the numerical flight of one member leaves out")
    forces = Forces(gravity_degree=8, tides=False, relativity=False)
    state = orbit.to_state_fitted(forces=forces)
    day = int(utc_day_number(orbit.epoch)[0])
    factors = job.air_factors(member, int(upper.leg_day[member]), day, 62)
    midnight = Epoch.parse("2000-01-01T00:00:00Z")
    times = [midnight.plus_days(float(day + d)) for d in range(62)]
    times[0] = min(times[0], orbit.epoch)
    ratio = upper.drag_m2_kg(member)
    profile = DragProfile.steps(times, factors)
    mass = job.falling.mass_kg
    flight = fly(
        state, Body(mass, ratio * mass, 1.0), end, weather=job.table(member), forces=forces, output_step_s=60.0,
        floor_m=ENTRY_M, drag_profile=profile, tolerance=1e-10,
    )  # fmt: skip
    if flight.stopped != ALTITUDE_FLOOR:
        raise EngineError("the numerical engine was still up after 60 days below 200 km")
    return NumericalEntry(member, orbit.epoch, flight.end_state.epoch, flight.trajectory)


def with_numerical_median(job: _Job, forecast: EntryForecast) -> EntryForecast:
    """The forecast with its median member flown numerically too, and the difference in its settings."""
    row = forecast.median_row
    member = int(forecast.member[row])
    averaged = Epoch(int(forecast.entry_tai_us[row]))
    try:
        found = numerical_entry(job, member)
    except (EngineError, DataAgeError, OutOfRangeError) as e:
        note = f"the median member was not flown by the numerical engine: {e}"
        return replace(forecast, notes=(*forecast.notes, note))
    difference_s = found.entry - averaged
    remaining_s = averaged - forecast.start
    report = {
        "member": member, "entry_utc": averaged.isoformat(0), "numerical_entry_utc": found.entry.isoformat(0),
        "numerical_from_utc": found.start.isoformat(0), "difference_s": round(difference_s, 1), "part_of_remaining": difference_s / remaining_s,
    }  # fmt: skip
    return replace(forecast, median_path=found.path, settings=forecast.settings | {"median_member": report})


def numerical_differences(
    falling: Falling, *, members: int, seed: int = 0, weather: SpaceWeather | WeatherPaths, until: Epoch | None = None,
    pick: Sequence[int] = (0, 1, 2),
) -> list[tuple[int, float, float]]:  # fmt: skip
    """For some members: index, seconds by which the numerical entry is later, days from the start to entry."""
    table, end = _weather(falling, members, seed, weather, until)
    job = _Job(falling, members, seed, table, end, DensityError())
    flown = _Flown(job)
    forecast = flown.forecast(_last(job, flown))
    out = []
    for k in pick:
        row = np.flatnonzero(forecast.member == k)
        if len(row):
            entry = Epoch(int(forecast.entry_tai_us[row[0]]))
            out.append((int(k), numerical_entry(job, int(k)).entry - entry, entry.days_since(forecast.start)))
    return out


# ---- the ground track -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Track:
    """Places under the orbit: n times, geodetic latitudes and longitudes (rad), and what they are."""

    epochs: tuple[Epoch, ...]
    latitude_rad: Floats
    longitude_rad: Floats
    basis: str

    @property
    def start(self) -> Epoch:
        """First."""
        return self.epochs[0]

    @property
    def end(self) -> Epoch:
        """Last."""
        return self.epochs[-1]


TRACK_REVOLUTIONS: Final = 3.0
_REVOLUTION_S: Final = 5_250.0


def track(forecast: EntryForecast, share: float = 0.9, step_s: float = 60.0) -> Track:
    """Places under the median member over the window of a share, or over three revolutions on either side where that is longer than a day.

    Before its entry the numerical path where there is one, else (and after its entry) a circular orbit through its state at entry, whose plane
    J2 turns: as if it flew on. Error: the plane to a degree of longitude; along the track minutes, growing away from the
    median (a body at 200 km takes 1.6 minutes longer for a revolution than one at 120 km).
    """
    from stationkeeper.core.orbit import Orbit
    from stationkeeper.reentry.last_path import places

    row = forecast.median_row
    entry = Epoch(int(forecast.entry_tai_us[row]))
    r, v = forecast.position_gcrf_m[row], forecast.velocity_gcrf_m_s[row]
    flown = forecast.median_path
    if flown is not None:
        entry, r, v = flown.end, flown.position_gcrf_m[-1], flown.velocity_gcrf_m_s[-1]
    low, high = forecast.quantile_or_none(0.5 - 0.5 * share), forecast.quantile_or_none(0.5 + 0.5 * share)
    basis = f"ground track over the {100 * share:g} % window, as if the median member flew on"
    if low is None or high is None or high - low > 86_400.0:
        low, high = (entry.plus_s(s * TRACK_REVOLUTIONS * _REVOLUTION_S) for s in (-1.0, 1.0))
        basis = (
            f"ground track of the median member, {TRACK_REVOLUTIONS:g} revolutions on either side: the {100 * share:g} % window is longer than a "
            "day, so every place between these latitudes is possible"
        )
    low, high = min(low, entry), max(high, entry)
    times = np.arange(low.tai_us, high.tai_us, round(step_s * 1e6), dtype=np.int64)
    orbit = Orbit.of_state(entry, r, v, float(np.linalg.norm(r)), "the median member at entry")
    position = orbit.states_gcrf(times)[0]
    if flown is not None:
        known = (times >= flown.times_tai_us[0]) & (times <= flown.times_tai_us[-1])
        if known.any():
            position[known] = flown.interpolate(times[known])[0]
    latitude, longitude = places(times, position)
    return Track(tuple(Epoch(int(t)) for t in times), latitude, longitude, basis)
