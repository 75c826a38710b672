"""How long a body stays up: the dates at which it passes given heights, by the averaged engine and, near the end, the numerical one.

Model, ``averaged``: mean elements fitted to the start state, the averaged engine down to a lowest height of 200 km, then the
osculating state that belongs to the mean elements there, and the numerical engine down to the lowest height asked for. ``numerical``: that
engine from the start. Below the hand-over each revolution sinks visibly, so the place on the orbit matters, which mean
elements neglect. Where the numerical engine cannot fly (NRLMSIS 2.1, which it lacks; dates that the Earth orientation does not reach), the
averaged engine goes on to the end, and ``notes`` says so.

Two dates belong to a height. *First reached*: the first time at which the geodetic height (WGS 84) is at or below it; the averaged
engine takes the lowest height over the revolution, the numerical one finds it on the path to a millisecond. *Mean altitude*: the
mean semi-major axis less 6,378,137 m, from the numerical engine averaged over a day, and over one revolution where more than 4 km are lost
in a day.

A date without bounds is no answer. :attr:`Lifetime.members` repeats the flight, by the averaged engine to the end, with the second
density model and with the ends of the calibration's interval, where there is one; :meth:`Lifetime.bounds` are their
earliest and latest dates. Without a calibration the bounds are :data:`YARDSTICK`.

Neglected: lift, attitude changes (numerical engine: unless the body's drag profile has them), and in the averaged engine what it
neglects. Coming down is an event, never an error; so is being up still when the space weather ends.
Error of the averaged engine against the numerical one: validation/lifetime.
Validation status: validated against satkit, Orekit and GMAT, and the averaged engine against the numerical one (validation/lifetime).

References
----------
Pardini and Anselmo, on the first 20 re-entry campaigns of the Inter-Agency Space Debris Coordination Committee: mean
error about 10 % of the residual lifetime, 90 % of the predictions within 20 %. Source key: pardini-anselmo-iadc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError, OutOfRangeError, Problem
from stationkeeper.core.frames import earth_orientation, gcrf_to_itrf, geodetic
from stationkeeper.core.time_arrays import DAY_US, NEVER, TimesUs, from_utc_datetime64
from stationkeeper.environment.atmosphere.msis import DensityModel, check_model
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.drag_profile import DragProfile
from stationkeeper.flight.events import AltitudeCrossing, changes
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.flight.trajectory import Trajectory

if TYPE_CHECKING:
    from stationkeeper.flight.engines.averaged import Ensemble
    from stationkeeper.flight.engines.numerical import Forces, Method

Floats = NDArray[np.float64]
EngineName = Literal["averaged", "numerical"]
ALTITUDES_M: Final = (330_000.0, 280_000.0, 220_000.0, 200_000.0, 150_000.0, 120_000.0)
HAND_OVER_M: Final = 200_000.0
LOWEST_M: Final = 95_000.0
YARDSTICK_PART: Final = 0.20
YARDSTICK: Final = (
    "a yardstick, 20 % of the time from the start either way, because no uncertainty of this body's drag is given: within 20 % of the "
    "remaining life lay 90 % of the predictions of 20 international re-entry campaigns"
)
_NUMERICAL_MODEL: Final = "nrlmsise00"
_LEG_DAYS: Final = 30.0
_SAMPLE_S: Final = 60.0
_DIP_M: Final = 200.0
"""How far below its samples of a minute a path may dip: the height bends by at most 0.05 m/s2, so 25 m; eccentric orbits to 0.1: 160 m."""
_BOOSTS: Final = 20_000
_FASTEST_DAY_M: Final = 4_000.0


@dataclass(frozen=True, slots=True)
class KeepBand:
    """A reboost policy: when the mean altitude falls below ``low_m`` it is raised to ``high_m`` at once, while propellant lasts.

    Parameters
    ----------
    low_m, high_m : mean altitudes.
    propellant_kg : usable propellant, part of the body's mass.
    specific_impulse_s : of the engines.

    Raises
    ------
    InputError
        For numbers that are not finite, a band upside down, or no propellant.
    """

    low_m: float
    high_m: float
    propellant_kg: float
    specific_impulse_s: float

    def __post_init__(self) -> None:
        problems = [
            Problem("reboosts", key, repr(value), "a finite number above 0")
            for key, value in (
                ("low_m", self.low_m), ("propellant_kg", self.propellant_kg), ("specific_impulse_s", self.specific_impulse_s),
            )
            if not (np.isfinite(value) and value > 0.0)
        ]  # fmt: skip
        if not problems and not (np.isfinite(self.high_m) and self.high_m > self.low_m):
            problems.append(
                Problem("reboosts", "high_m", f"{self.high_m:g} m", f"a height above the low one, {self.low_m:g} m")
            )
        if problems:
            raise InputError(problems)


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a height is passed.

    Parameters
    ----------
    altitude_m : the height.
    epoch : first time at or below it (geodetic); None where that is not in this flight.
    mean_epoch : when the mean altitude passes it; None as well.
    engine, mean_engine : which engine gave each date; empty without a date.
    at_start : it is at or below the height in its first revolution already; then there is no date.
    """

    altitude_m: float
    epoch: Epoch | None
    mean_epoch: Epoch | None
    engine: str = ""
    mean_engine: str = ""
    at_start: bool = False


@dataclass(frozen=True, slots=True)
class Boost:
    """One reboost: when, how large, what it took."""

    epoch: Epoch
    delta_v_m_s: float
    propellant_kg: float


@dataclass(frozen=True, slots=True)
class Member:
    """The same flight with other air or drag: a name, what it flew with, and its crossings."""

    name: str
    drag_m2_kg: float
    density_model: str
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, eq=False)
class Lifetime:
    """What came out.

    Parameters
    ----------
    start : the start state.
    crossings : one for each height, falling.
    status : ``down`` when the lowest height was reached, else ``up``.
    end : last instant; end_reason : why there, in words.
    hand_over : when the numerical engine took over; None where it did not.
    times_tai_us, mean_altitude_m, lowest_height_m : (n,) history: steps of the averaged engine, revolutions of the numerical one;
        ``lowest_height_m`` is the lowest geodetic height over the revolution.
    boosts : the reboosts that the policy flew; used_kg, dry : propellant used, and when it ran out.
    end_mass_kg : mass at the end.
    members : the same flight with other air or drag.
    bounds_basis : what the bounds are, in words.
    notes : what a reader must know, one line each.
    settings : for a report.
    """

    start: StateVector
    crossings: tuple[Crossing, ...]
    status: Literal["down", "up"]
    end: Epoch
    end_reason: str
    hand_over: Epoch | None
    times_tai_us: TimesUs
    mean_altitude_m: Floats
    lowest_height_m: Floats
    boosts: tuple[Boost, ...]
    used_kg: float
    dry: Epoch | None
    end_mass_kg: float
    members: tuple[Member, ...]
    bounds_basis: str
    notes: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    def crossing(self, altitude_m: float) -> Crossing:
        """The crossing of one of the heights that were asked for. Raises ``InputError`` for another one."""
        for c in self.crossings:
            if c.altitude_m == altitude_m:
                return c
        asked = ", ".join(f"{c.altitude_m / 1e3:g}" for c in self.crossings)
        raise InputError.one(
            "crossing", "altitude_m", f"{altitude_m / 1e3:g} km", f"one of the heights asked for: {asked} km"
        )

    def days(self, altitude_m: float) -> float | None:
        """Days from the start to the first time at or below a height; None where that is not in this flight."""
        epoch = self.crossing(altitude_m).epoch
        return None if epoch is None else epoch.days_since(self.start.epoch)

    def bounds(self, altitude_m: float) -> tuple[Epoch | None, Epoch | None]:
        """Earliest and latest date of a height; a latest of None: a member is still up when its flight ends."""
        best = self.crossing(altitude_m).epoch
        if best is None:
            return None, None
        if self.bounds_basis == YARDSTICK:
            part_s = YARDSTICK_PART * (best - self.start.epoch)
            return best.plus_s(-part_s), best.plus_s(part_s)
        others = [c.epoch for m in self.members for c in m.crossings if c.altitude_m == altitude_m]
        known = [best, *(e for e in others if e is not None)]
        return min(known), None if None in others else max(known)


def lifetime(
    state: StateVector,
    body: Body,
    *,
    weather: SpaceWeather,
    model: DensityModel = "nrlmsise00",
    engine: EngineName = "averaged",
    until: Epoch | None = None,
    altitudes_m: Sequence[float] = ALTITUDES_M,
    hand_over_m: float = HAND_OVER_M,
    forces: Forces | None = None,
    method: Method = "auto",
    keep: KeepBand | None = None,
    drag_range: tuple[float, float] | None = None,
    burns: Sequence[FiniteBurn] = (),
    drag_profile: DragProfile | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Lifetime:
    """Fly a body until it is down, or to the end of the space weather.

    Parameters
    ----------
    state : osculating, GCRF.
    body : mass and drag; drag above 0.
    weather : indices; the flight ends two days before they do, at the latest.
    model : density model.
    engine : ``averaged`` (with the hand-over) or ``numerical`` from the start.
    until : an earlier end.
    altitudes_m : heights to be dated, 95 to 800 km; the lowest ends the flight.
    hand_over_m : lowest height over the revolution at which the numerical engine takes over.
    forces : of the numerical engine; the default is 8x8 gravity, Sun, Moon and drag.
    method : of the numerical engine.
    keep : a reboost policy; averaged engine only.
    drag_range : low and high end of the drag as factors on that of ``body``, for the members.
    burns, drag_profile : finite burns, changes of the drag; numerical engine only.
    progress : is told what is being done.

    Raises
    ------
    InputError
        For settings out of range, a start outside the weather, an orbit that the averaged engine does not hold, and a body
        that was fitted with another density model.
    """
    from stationkeeper.flight.engines.numerical import Forces

    check_model(model)
    body.check_model(model)
    altitudes = np.array(sorted(set(altitudes_m), reverse=True), dtype=np.float64)
    own = forces or Forces(gravity_degree=8, tides=False, relativity=False)
    last = weather.end.plus_days(-2.0)
    _check(state, body, weather, until, altitudes, hand_over_m)
    _check_engine(engine, model, own, keep, burns, drag_profile, drag_range)
    ends = "the space weather ends" if until is None or until > last else "the time asked for ends"
    job = _Job(
        state, body, weather, model, last if until is None else min(until, last), altitudes, hand_over_m, own, method,
        keep, tuple(burns), drag_profile, progress, ends,
    )  # fmt: skip
    log = _Log(job)
    try:
        orbit = (
            None if engine == "numerical" and model == _NUMERICAL_MODEL and not _can_be_averaged(state) else job.orbit()
        )
        if engine == "numerical":
            job.numerical(log, state, body, burns)
        else:
            assert orbit is not None  # noqa: S101 - made just above for this engine
            job.averaged(log, orbit)
        members = job.members(orbit, drag_range)
        job.remarks(log, engine, orbit)
    except OutOfRangeError as e:
        raise InputError.one("start", "", str(e), "an orbit and indices that the averaged engine holds") from None
    return log.result(members, drag_range)


def _can_be_averaged(state: StateVector) -> bool:
    """Whether members can be flown beside the numerical flight; half a day of the field takes an orbit of 0.02 to 0.022."""
    return state.eccentricity < 0.018 and state.apogee_altitude_m < 760_000.0


def _check(
    state: StateVector, body: Body, weather: SpaceWeather, until: Epoch | None, altitudes: Floats, hand_over_m: float
) -> None:
    problems = []
    eop = earth_orientation()
    first, end = Epoch(int(eop.times[0])).plus_days(1.0), Epoch(int(eop.times[-1])).plus_days(-1.0)
    if not first <= state.epoch <= end:
        expected = f"a time within the Earth orientation table, {first.date} to {end.date}"
        remedy = "A newer table comes in with 'stationkeeper data update FILE'."
        raise InputError.one("start", "epoch", state.epoch, expected, remedy)
    if not (len(altitudes) and np.isfinite(altitudes).all() and altitudes[-1] >= LOWEST_M and altitudes[0] <= 8e5):
        found = ", ".join(f"{a / 1e3:g} km" for a in altitudes) or "none"
        problems.append(Problem("lifetime", "altitudes_m", found, f"heights from {LOWEST_M / 1e3:g} to 800 km"))
    elif geodetic(gcrf_to_itrf(state.epoch, state.position_gcrf_m)).height_m[0] <= altitudes[-1]:
        expected = f"a height above {altitudes[-1] / 1e3:g} km, where the flight ends"
        problems.append(Problem("start", "height", "a body at or below that height", expected))
    if not (np.isfinite(hand_over_m) and 120_000.0 <= hand_over_m <= 400_000.0):
        problems.append(Problem("lifetime", "hand_over_m", f"{hand_over_m / 1e3:g} km", "120 to 400 km"))
    if not body.drag_m2_kg > 0.0:
        problems.append(Problem("body", "Cd * A / m", f"{body.drag_m2_kg:g} m2/kg", "a number above 0: without drag nothing comes down"))  # fmt: skip
    if not weather.start <= state.epoch < weather.end.plus_days(-3.0):
        expected = f"a time within the space weather, {weather.start.date} to {weather.end.plus_days(-3.0).date}"
        problems.append(Problem("start", "epoch", str(state.epoch), expected, "Choose other space weather."))
    if until is not None and until <= state.epoch:
        problems.append(Problem("lifetime", "until", str(until), f"a time after the start, {state.epoch}"))
    if problems:
        raise InputError(problems)


def _check_engine(
    engine: str, model: str, forces: Forces, keep: KeepBand | None, burns: Sequence[FiniteBurn], profile: DragProfile | None,
    drag_range: tuple[float, float] | None,
) -> None:  # fmt: skip
    problems = []
    if engine not in ("averaged", "numerical"):
        problems.append(Problem("lifetime", "engine", f"'{engine}'", "averaged or numerical"))
    if engine == "numerical" and model != _NUMERICAL_MODEL:
        problems.append(
            Problem("lifetime", "density model", f"{model} with the numerical engine", f"{_NUMERICAL_MODEL}, the one model it has", "Fly the averaged engine.")
        )  # fmt: skip
    if engine == "numerical" and keep is not None:
        problems.append(Problem("lifetime", "reboosts", "a band to keep, with the numerical engine", "the averaged engine", "It flies the policy."))  # fmt: skip
    if not forces.drag:
        problems.append(Problem("forces", "drag", "false", "true: without drag nothing comes down"))
    if engine == "averaged":
        for what, given in (("burns", len(burns)), ("drag changes", 0 if profile is None else 1)):
            if given:
                found = f"{what}, which the averaged engine does not fly"
                problems.append(Problem("lifetime", what, found, "none, or the numerical engine", "Fly it with that one."))  # fmt: skip
    if drag_range is not None and not 0.0 < drag_range[0] <= 1.0 <= drag_range[1]:
        problems.append(Problem("lifetime", "drag_range", repr(drag_range), "a factor up to 1 and one from 1 on"))
    if problems:
        raise InputError(problems)


class _Log:
    """Collects what the engines give, in order of time."""

    def __init__(self, job: _Job) -> None:
        self.job = job
        n = len(job.altitudes)
        self.low, self.mean = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        self.low_engine, self.mean_engine = [""] * n, [""] * n
        self.at_start = np.zeros(n, dtype=np.bool_)
        self.history: list[tuple[TimesUs, Floats, Floats]] = []
        self.end, self.down, self.reason = job.state.epoch, False, ""
        self.hand_over: Epoch | None = None
        self.boosts: tuple[Boost, ...] = ()
        self.used_kg, self.mass_kg = 0.0, job.body.mass_kg
        self.dry: Epoch | None = None
        self.notes: list[str] = []
        self.settings: dict[str, Any] = {"engine": "", "density_model": job.model, "drag_m2_kg": job.body.drag_m2_kg}

    def take(self, lows: TimesUs, means: TimesUs, engine: str) -> None:
        """Crossing times where none is known yet; -1 for none."""
        for k, (low, mean) in enumerate(zip(lows, means, strict=True)):
            if self.low[k] == NEVER and low != NEVER and not self.at_start[k]:
                self.low[k], self.low_engine[k] = low, engine
            if self.mean[k] == NEVER and mean != NEVER:
                self.mean[k], self.mean_engine[k] = mean, engine

    def result(self, members: tuple[Member, ...], drag_range: tuple[float, float] | None) -> Lifetime:
        job = self.job
        crossings = tuple(
            Crossing(
                float(a), _epoch(self.low[k]), _epoch(self.mean[k]), self.low_engine[k], self.mean_engine[k], bool(self.at_start[k])
            )
            for k, a in enumerate(job.altitudes)
        )  # fmt: skip
        times, mean, low = (np.concatenate(x) for x in zip(*self.history, strict=True))
        basis = YARDSTICK
        if drag_range is not None and members:
            basis = f"of {1 + len(members)} flights: best, {', '.join(m.name for m in members)}; no probability"
        self.settings["space_weather"] = job.weather.age_statement(self.end)
        self.settings["hand_over_m"] = job.hand_over_m
        return Lifetime(
            job.state, crossings, "down" if self.down else "up", self.end, self.reason, self.hand_over, times, mean, low,
            self.boosts, self.used_kg, self.dry, self.mass_kg, members, basis, tuple(self.notes), self.settings,
        )  # fmt: skip


def _epoch(tai_us: int) -> Epoch | None:
    return None if tai_us == NEVER else Epoch(int(tai_us))


@dataclass(frozen=True, eq=False)
class _Job:
    """What is to be flown, and the two ways to fly it."""

    state: StateVector
    body: Body
    weather: SpaceWeather
    model: DensityModel
    until: Epoch
    altitudes: Floats
    hand_over_m: float
    forces: Forces
    method: Method
    keep: KeepBand | None
    burns: tuple[FiniteBurn, ...]
    profile: DragProfile | None
    progress: Callable[[str], None]
    ends: str

    def orbit(self) -> MeanOrbit:
        return MeanOrbit.fitted(self.state, forces=self.forces)

    # ---- the averaged engine ----------------------------------------------------------------------------------------

    def fly(self, orbit: MeanOrbit, drag_m2_kg: float, model: DensityModel, floor_m: float) -> Ensemble:
        """One member to the floor, every step kept."""
        from stationkeeper.flight.engines.averaged import LARGEST_ECCENTRICITY, Members, fly_members

        if orbit.eccentricity > LARGEST_ECCENTRICITY:
            raise InputError.one(
                "start", "eccentricity", f"{orbit.eccentricity:.4f} (mean)", f"at most {LARGEST_ECCENTRICITY:g} for the averaged engine",
                "Fly the numerical engine.",
            )  # fmt: skip
        k = self.keep
        band = {} if k is None else {
            "propellant_kg": k.propellant_kg, "specific_impulse_s": k.specific_impulse_s, "floor_m": k.low_m, "ceiling_m": k.high_m,
        }  # fmt: skip
        members = Members.of(orbit, drag_m2_kg, mass_kg=self.body.mass_kg, **band)
        flown = fly_members(
            members, self.until, weather=self.weather, model=model, floor_m=floor_m,
            altitudes_m=self.altitudes[self.altitudes >= floor_m].tolist(), burn_slots=_BOOSTS if k else 0,
            history_slots=round(self.until.days_since(orbit.epoch)) + 1_500 + (_BOOSTS if k else 0),
        )  # fmt: skip
        if flown.status[0] == "out of range":
            raise InputError.one(
                "start", "orbit", f"mean altitude {orbit.mean_altitude_m / 1e3:.1f} km, eccentricity {orbit.eccentricity:.4f}",
                "an orbit within 80 to 800 km, the heights of the averaged engine's air", "Fly the numerical engine.",
            )  # fmt: skip
        return flown

    def averaged(self, log: _Log, orbit: MeanOrbit) -> None:
        """The averaged engine to the hand-over, then the numerical one; or to the end, where that cannot fly."""
        lowest = float(self.altitudes[-1])
        hand_over = self.model == _NUMERICAL_MODEL and lowest < self.hand_over_m
        if self.model != _NUMERICAL_MODEL:
            log.notes.append(f"the numerical engine has no {self.model}: the averaged engine flew to the end; its last dates are good to about an hour")  # fmt: skip
        if hand_over and orbit.perigee_altitude_m <= self.hand_over_m:
            log.notes.append(f"it starts at or below the hand-over at {self.hand_over_m / 1e3:g} km: flown numerically from the start")  # fmt: skip
            if self.keep is not None:
                raise InputError.one(
                    "reboosts", "start", f"a lowest height near {orbit.perigee_altitude_m / 1e3:.0f} km",
                    f"one above {self.hand_over_m / 1e3:g} km: the averaged engine flies the policy",
                )  # fmt: skip
            self.numerical(log, self.state, self.body, ())
            return
        self.progress("averaged engine")
        flown = self.fly(orbit, self.body.drag_m2_kg, self.model, self.hand_over_m if hand_over else lowest)
        self.book(log, flown)
        if not hand_over or not log.down:
            log.reason = (
                "it came down to the lowest height asked for" if log.down else f"{self.ends} and it is still up"
            )
            return
        log.down = False
        if log.end >= self.until:
            log.reason = f"{self.ends} and it is still up"
            return
        log.hand_over = log.end
        if log.end.plus_days(2.0 * _LEG_DAYS).tai_us > earth_orientation().times[-1]:
            log.notes.append(
                f"Earth orientation is known to {Epoch(int(earth_orientation().times[-1])).date} only: the averaged engine flew to the end; "
                "its last dates are good to about an hour"
            )
            log.hand_over = None
            log.history.clear()
            self.book(log, self.fly(orbit, self.body.drag_m2_kg, self.model, lowest))
            log.reason = (
                "it came down to the lowest height asked for" if log.down else f"{self.ends} and it is still up"
            )
            return
        state = flown.end_orbit(0).to_state_fitted(forces=self.forces)
        self.numerical(log, state, self.body.with_mass(log.mass_kg), ())

    def book(self, log: _Log, flown: Ensemble) -> None:
        """Write what one member gave into the log."""
        rows = flown.history[0][~np.isnan(flown.history[0, :, 0])]
        times = rows[:, 0].astype(np.int64)
        log.history.append((times, rows[:, 1], rows[:, 2]))
        count = len(flown.altitudes_m)
        padding = np.full(len(self.altitudes) - count, -1, dtype=np.int64)
        lows, means = (
            np.concatenate([t[0], padding]) for t in (flown.lowest_crossing_tai_us, flown.mean_crossing_tai_us)
        )
        log.at_start |= self.altitudes >= rows[0, 2]
        means = np.where(self.altitudes >= rows[0, 1], -1, means)
        log.take(lows, means, "averaged")
        log.end, log.down = Epoch(int(flown.end_tai_us[0])), flown.status[0] == "altitude floor"
        log.mass_kg, log.used_kg = float(flown.end_mass_kg[0]), float(flown.used_kg[0])
        log.dry = _epoch(int(flown.dry_tai_us[0]))
        if log.down and lows[-1] != NEVER:
            log.end, log.at_start[-1] = Epoch(int(lows[-1])), False
        log.boosts = self.boosts(flown)
        if flown.burn_count[0] > len(log.boosts):
            log.notes.append(f"of {int(flown.burn_count[0])} reboosts the first {len(log.boosts)} are listed")
        log.settings |= {"engine": "averaged", "averaged": flown.settings}

    def boosts(self, flown: Ensemble) -> tuple[Boost, ...]:
        """The reboosts with their propellant."""
        if self.keep is None:
            return ()
        listed = flown.burns[0][~np.isnan(flown.burns[0, :, 0])]
        day_zero = np.datetime64("2000-01-01", "us")
        utc_us = np.round((listed[:, 0] + self.weather.first_day) * DAY_US).astype(np.int64)
        times = from_utc_datetime64(day_zero + utc_us.astype("timedelta64[us]"))
        exhaust, mass = STANDARD_GRAVITY_M_S2 * self.keep.specific_impulse_s, self.body.mass_kg
        left = mass * np.exp(-np.cumsum(listed[:, 1]) / exhaust)
        used = -np.diff(left, prepend=mass)
        return tuple(
            Boost(Epoch(int(t)), float(v), float(u)) for t, v, u in zip(times, listed[:, 1], used, strict=True)
        )

    def remarks(self, log: _Log, engine: str, orbit: MeanOrbit | None) -> None:
        """What a reader must know of this flight."""
        if self.body.density_model is not None:
            log.notes.append(f"the drag was fitted with {self.body.density_model}: it is not flown with another model")
        if self.burns or self.profile is not None:
            log.notes.append(
                "with burns or changes of the drag only the one flight is made: the bounds are the yardstick"
            )
        elif orbit is None:
            log.notes.append("the averaged engine does not hold this orbit, so only the one flight is made")
        if engine == "averaged" and self.forces.radiation_pressure and self.body.radiation_m2_kg > 0.0:
            log.notes.append("the averaged engine neglects radiation pressure")
        if self.weather.kind_at(log.end) not in ("OBS", "INT"):
            log.notes.append("the bounds leave out that the Sun may do otherwise than this space weather says")

    def members(self, orbit: MeanOrbit | None, drag_range: tuple[float, float] | None) -> tuple[Member, ...]:
        """The same flight with the second density model and with the ends of the drag's interval, averaged to the end."""
        if orbit is None or self.burns or self.profile is not None:
            return ()
        other: DensityModel = "nrlmsis21" if self.model == "nrlmsise00" else "nrlmsise00"
        drag, lowest = self.body.drag_m2_kg, float(self.altitudes[-1])
        wanted: list[tuple[str, float, DensityModel]] = []
        if self.body.density_model is None:
            wanted.append((f"second density model, {other}", drag, other))
        if drag_range is not None:
            wanted += [
                ("least drag", drag * drag_range[0], self.model),
                ("most drag", drag * drag_range[1], self.model),
            ]
        if orbit.perigee_altitude_m <= lowest:
            return ()
        out = []
        for name, d, m in wanted:
            self.progress(name)
            log = _Log(self)
            self.book(log, self.fly(orbit, d, m, lowest))
            crossings = tuple(
                Crossing(float(a), _epoch(log.low[k]), _epoch(log.mean[k]), log.low_engine[k], log.mean_engine[k], bool(log.at_start[k]))
                for k, a in enumerate(self.altitudes)
            )  # fmt: skip
            out.append(Member(name, d, m, crossings))
        return tuple(out)

    # ---- the numerical engine ---------------------------------------------------------------------------------------

    def numerical(self, log: _Log, state: StateVector, body: Body, burns: Sequence[FiniteBurn]) -> None:
        """The numerical engine, leg by leg, so that only one leg's samples are in memory."""
        from stationkeeper.flight.engines.numerical import ALTITUDE_FLOOR, fly

        orientation = Epoch(int(earth_orientation().times[-1])).plus_days(-1.0)
        until, ends = min(
            (self.until, self.ends), (orientation, "the Earth orientation table ends"), key=lambda x: x[0]
        )
        outside = [b for b in burns if b.start < state.epoch]
        if outside:
            raise InputError.one("burns", outside[0].label, outside[0].start, f"a time after the start, {state.epoch}")
        if until <= state.epoch:
            raise InputError.one("start", "epoch", state.epoch, f"a time before {until.date}, when {ends}")
        path = _Revolutions(self.altitudes, log)
        low = False
        floor_m = float(self.altitudes[-1])
        flight = None
        while state.epoch < until and not low:
            self.progress(f"numerical engine at {state.epoch.date}, mean altitude {state.mean_altitude_m / 1e3:.1f} km")
            goal = min(until, state.epoch.plus_days(_LEG_DAYS))
            for burn in sorted(burns, key=lambda b: b.start):
                goal = min(until, burn.end.plus_s(1.0)) if burn.start <= goal < burn.end else goal
            in_leg = [b for b in burns if state.epoch <= b.start and b.end <= goal]
            flight = fly(
                state, body, goal, weather=self.weather, burns=in_leg, forces=self.forces, output_step_s=_SAMPLE_S,
                floor_m=floor_m, method=self.method, drag_profile=self.profile,
            )  # fmt: skip
            low = flight.stopped == ALTITUDE_FLOOR
            if flight.end_state.epoch <= state.epoch:
                raise EngineError(f"the numerical engine did not move on at {state.epoch}")
            path.add(flight.trajectory)
            state, body = flight.end_state, body.with_mass(flight.end_mass_kg)
        path.close(low, state.epoch.tai_us)
        log.end, log.down, log.mass_kg = state.epoch, low, body.mass_kg
        log.reason = "it came down to the lowest height asked for" if low else f"{ends} and it is still up"
        if flight is not None:
            settings = {k: v for k, v in flight.settings.items() if k != "legs"}
            log.settings |= {
                "engine": "averaged, then numerical" if log.hand_over else "numerical", "numerical": settings,
            }  # fmt: skip


class _Revolutions:
    """A numerical path as it grows: geodetic crossings on the way, and one mean altitude and lowest height for each revolution."""

    def __init__(self, altitudes: Floats, log: _Log) -> None:
        self.altitudes, self.log = altitudes, log
        self.rest: tuple[TimesUs, Floats, Floats] = (np.empty(0, np.int64), np.empty(0), np.empty(0))
        self.rows: list[tuple[int, float, float]] = []
        self.found = log.low.copy()
        self.first = not log.history

    def add(self, path: Trajectory) -> None:
        """One leg."""
        times, heights, means = path.times_tai_us, path.geodetic().height_m, path.mean_altitude_m()
        if self.first:
            period_us = path.first_state.period_s * 1e6
            within = times <= times[0] + period_us
            self.log.at_start |= self.altitudes >= heights[within].min()
            self.first = False
        for k, altitude in enumerate(self.altitudes):
            if self.found[k] == NEVER and not self.log.at_start[k]:
                self.found[k] = _first_below(path, heights, float(altitude))
        start = 1 if len(self.rest[0]) else 0
        t, h, m = (np.concatenate([a, b[start:]]) for a, b in zip(self.rest, (times, heights, means), strict=True))
        period_us = path.last_state.period_s * 1e6
        edges = np.searchsorted(t, np.arange(t[0], t[-1] - period_us, period_us))
        for a, b in pairwise(edges):
            self.rows.append((int(t[a:b].mean()), float(m[a:b].mean()), float(h[a:b].min())))
        keep = int(edges[-1]) if len(edges) else 0
        self.rest = (t[keep:], h[keep:], m[keep:])

    def close(self, low: bool, path_end: int) -> None:
        """The mean altitude, smoothed, and its crossings; where it came down, the end is the last crossing."""
        t, h, m = self.rest
        if len(t):
            # what is left of the last revolutions: a running value, so that the end is in the history
            self.rows += [(int(a.mean()), float(b.mean()), float(c.min())) for a, b, c in zip(*(np.array_split(x, 2) for x in (t, m, h)), strict=True) if len(a)]  # fmt: skip
        times = np.array([r[0] for r in self.rows], dtype=np.int64)
        mean = _smooth(np.array([r[1] for r in self.rows]))
        lowest = np.array([r[2] for r in self.rows])
        if low:
            self.log.at_start[-1] = False
            self.found[-1] = path_end
        crossings = np.full(len(self.altitudes), -1, dtype=np.int64)
        for k, altitude in enumerate(self.altitudes):
            below = np.flatnonzero(mean <= altitude)
            if len(below) and below[0] > 0:
                j = int(below[0])
                part = (mean[j - 1] - altitude) / (mean[j - 1] - mean[j])
                crossings[k] = times[j - 1] + round(float(part) * int(times[j] - times[j - 1]))
        self.log.take(self.found, crossings, "numerical")
        self.log.history.append((times, mean, lowest))


def _smooth(values: Floats) -> Floats:
    """Running mean over a day (15 revolutions) where at most 4 km are lost in it; as it is elsewhere and at the ends."""
    out = values.copy()
    half = 7
    if len(values) > 2 * half:
        total = np.concatenate([[0.0], np.cumsum(values)])
        day = (total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1)
        lost = np.abs(values[: -2 * half] - values[2 * half :])
        out[half:-half] = np.where(lost <= _FASTEST_DAY_M, day, values[half:-half])
    return out


def _first_below(path: Trajectory, heights: Floats, altitude_m: float) -> int:
    """First time at which the geodetic height is at or below a value, to a millisecond; -1 if never.

    Only stretches whose samples come near the height are looked at closely.
    """
    t = path.times_tai_us
    event = AltitudeCrossing(altitude_m, -1)
    near = np.flatnonzero(heights < altitude_m + _DIP_M)
    done = -1
    for j in near:
        if j <= done:
            continue
        a, b = max(0, int(j) - 2), min(len(t) - 1, int(j) + 60)
        times = np.linspace(t[a], t[b], max(2, int((t[b] - t[a]) / 5e6))).astype(np.int64)
        above = event.holds(times, *path.interpolate(times))
        found = changes(path.interpolate, event, times, above)
        if found:
            return found[0].epoch.tai_us
        if not above[0]:
            return int(times[0])
        done = b - 2
    return -1


def thin(result: Lifetime, days: float = 1.0, metres: float = 1_000.0) -> NDArray[np.int64]:
    """Rows of the history that show its shape: at least a day or a kilometre apart, the first and the last always."""
    keep = [0]
    t, h = result.times_tai_us, result.mean_altitude_m
    for k in range(1, len(t) - 1):
        if t[k] - t[keep[-1]] >= days * DAY_US or abs(h[k] - h[keep[-1]]) >= metres:
            keep.append(k)
    if len(t) > 1:
        keep.append(len(t) - 1)
    return np.array(keep, dtype=np.int64)


def start_body(cdam_m2_kg: float, mass_kg: float = 1_000.0) -> Body:
    """A body of which only Cd * A / m is known. Raises ``InputError`` as :class:`Body` does."""
    return replace(Body(mass_kg, 0.0, 1.0), drag_area_m2=cdam_m2_kg * mass_kg)


__all__ = [
    "ALTITUDES_M", "HAND_OVER_M", "YARDSTICK", "Boost", "Crossing", "KeepBand", "Lifetime",
    "Member", "lifetime", "start_body", "thin",
]  # fmt: skip
