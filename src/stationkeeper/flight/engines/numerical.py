"""The numerical engine: a body flown through all forces, days to months, on satkit. The only file that imports it.

Model: EGM2008 gravity to degree and order 70, Sun and Moon (DE440), solid Earth tides (IERS 2010, step 1), relativity,
drag of a co-rotating NRLMSISE-00 atmosphere with the seven-value ap history and the hour of the mean Sun, solar radiation
pressure on a sphere where asked for, and finite burns with mass flowing out. Neglected: step 2 of the solid tides, the
pole tide (1.3 m in a day), ocean tides, albedo, lift and winds. The attitude enters as a factor on the drag that changes in
time (:class:`~stationkeeper.flight.drag_profile.DragProfile`).

Integration: legs near burns and legs of up to five days by Runge-Kutta-Verner 9(8), restarted at each 3-hour step of
ap and at each edge of the shadow, so that no jump of a force is stepped over; longer legs by Gauss-Jackson of order 8 at 45 s. satkit's start-up
of that method at its default of 60 s leaves up to 100 m per day (measured), hence 45 s and as few starts as can be. Own error, 36x36 with drag:
:data:`INTEGRATION_ERROR`. Leaving out the field above 36x36 moves a station by 0.06 km in a day and 0.9 km in ten; the
air moves it by tens of kilometres.

satkit keeps its space-weather table per process. :func:`_install_weather` is the one place that sets it, and a lock
keeps flights of several threads from meeting different tables.
Validation status: validated force by force against Orekit (validation/forces) and against NASA's ephemerides
(validation/nasa_oem).

References
----------
satkit 0.24 documentation. Source key: satkit.
Pavlis et al., J. Geophys. Res. 117 (2012) B04406, EGM2008. Source key: egm2008.
IERS Conventions (2010). Source key: iers-tn36.
Picone et al., NRLMSISE-00 (2002). Source key: nrlmsise-00.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

os.environ["SATKIT_OFFLINE"] = "1"  # before satkit is loaded: it would fetch files

import numpy as np
import satkit
import satkit_data
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, STANDARD_GRAVITY_M_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError, Problem
from stationkeeper.core.frames import earth_orientation_folder, gcrf_to_itrf, geodetic, orientation_statement
from stationkeeper.core.time_arrays import DAY_US, TimesUs, utc_us
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.environment.sun import sunlit_fraction
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn, FlownBurn
from stationkeeper.flight.drag_profile import DragProfile
from stationkeeper.flight.events import Event, Found, Shadow, changes, find_events
from stationkeeper.flight.state import StateVector
from stationkeeper.flight.trajectory import Trajectory

Floats = NDArray[np.float64]
Answers = NDArray[np.bool_]
Method = Literal["auto", "precise", "fast"]

INTEGRATION_ERROR: Final = (
    "integration error in low orbit: Runge-Kutta legs 3 mm after a day there and back, 0.3 m after 10 days; "
    "Gauss-Jackson legs 0.6 m after a day, 5 m after 10, up to 0.7 km along the track after 40 days and 0.1 m in mean "
    "altitude after 150 days (validation/forces)"
)
_THREE_HOURS_US: Final = 10_800_000_000
_FAST_STEP_S: Final = 45.0
_FAST_CHUNK_S: Final = 30 * 86_400.0
_FAST_LEG_S: Final = 5 * 86_400.0
_FAST_LOWEST_M: Final = 250_000.0
_LOW_M: Final = 180_000.0
_LOW_PIECE_US: Final = 600_000_000
_LOWEST_FLOOR_M: Final = 80_000.0
_BURN_PIECE_S: Final = 60.0
_BURN_PIECE_PART: Final = 0.01
_MAX_STEPS: Final = 20_000
_SCAN_US: Final = 20_000_000
_TABLE_US: Final = 60_000_000
_WINDOW_DAYS: Final = 200.0
ALTITUDE_FLOOR: Final = "altitude floor"
DENSITY_MODEL: Final = "nrlmsise00"
_FIELDS: Final = {"egm2008": "EGM2008", "egm96": "EGM96", "jgm3": "JGM-3", "jgm2": "JGM-2"}
TOLERANCE: Final = 1e-12
"""Relative error of one Runge-Kutta step that a flight is given unless it asks for another."""


GravityField = Literal["egm2008", "egm96", "jgm3", "jgm2"]


@dataclass(frozen=True, slots=True)
class Forces:
    """Which forces act, and how finely.

    Parameters
    ----------
    gravity_degree : 2 to 70; 0 for a point mass.
    gravity_order : 0 to the degree; None: the same as the degree.
    gravity_field : the coefficients; their own GM and radius go with them.
    sun, moon : their pull, as point masses.
    drag : air drag, where the body has an area. The engine leaves it away above 700 km for bodies below 1e-6 m2/kg.
    tides : solid Earth tides, IERS 2010 step 1 (the frequency-independent Love numbers). Step 2 and the pole tide are
        neglected: see validation/forces for what that costs.
    relativity : Schwarzschild, Lense-Thirring and geodesic precession.
    radiation_pressure : 1367 W/m2 at 1 au on a sphere, with the penumbra and umbra of a spherical Earth.
    density_model : this engine has ``nrlmsise00`` alone.
    """

    gravity_degree: int = 36
    sun: bool = True
    moon: bool = True
    drag: bool = True
    tides: bool = True
    relativity: bool = True
    radiation_pressure: bool = False
    gravity_order: int | None = None
    gravity_field: GravityField = "egm2008"
    density_model: str = DENSITY_MODEL

    def __post_init__(self) -> None:
        problems = []
        if not (2 <= self.gravity_degree <= 70 or self.gravity_degree == 0):
            expected = "a whole number from 2 to 70, or 0 for a point mass"
            problems.append(Problem("forces", "gravity_degree", str(self.gravity_degree), expected))
        if self.gravity_order is not None and not 0 <= self.gravity_order <= self.gravity_degree:
            expected = f"a whole number from 0 to the degree, {self.gravity_degree}"
            problems.append(Problem("forces", "gravity_order", str(self.gravity_order), expected))
        if self.gravity_field not in _FIELDS:
            problems.append(
                Problem("forces", "gravity_field", repr(self.gravity_field), f"one of {', '.join(_FIELDS)}")
            )
        if self.density_model != DENSITY_MODEL:
            problems.append(
                Problem(
                    "forces", "density_model", repr(self.density_model),
                    f"{DENSITY_MODEL}, the one density model of the numerical engine", "The averaged engine has others.",
                )
            )  # fmt: skip
        if problems:
            raise InputError(problems)

    @property
    def order(self) -> int:
        """The order of the gravity field."""
        return self.gravity_degree if self.gravity_order is None else self.gravity_order


@dataclass(frozen=True, eq=False)
class Flight:
    """What came out of a flight.

    Parameters
    ----------
    trajectory : samples every ``output_step_s`` from the start, plus ignition and cut-off of each burn, plus the end.
    end_state : the last state.
    end_mass_kg : the mass then.
    burns_flown : the burns that were flown to their end, or cut at the floor.
    stopped : ``None`` when the flight reached its end, ``"altitude floor"`` when it came down to the floor first, else
        the name of the event that it was to stop at.
    settings : engine, versions, forces, integrators, tolerances and index tables, for the report.
    burn_reports : what each flown burn gave.
    events : the events that were asked for, in order of time.
    """

    trajectory: Trajectory
    end_state: StateVector
    end_mass_kg: float
    burns_flown: tuple[FiniteBurn, ...]
    stopped: str | None
    settings: dict[str, Any] = field(default_factory=dict)
    burn_reports: tuple[FlownBurn, ...] = ()
    events: tuple[Found, ...] = ()


# ---- the one place that touches satkit's process-wide state ---------------------------------------------------------

_lock = threading.RLock()
_installed: dict[str, tuple[str, int, int]] = {}


@lru_cache(maxsize=1)
def _prepare_satkit() -> Any:
    """Point satkit at the data of the installed packages; its own warnings are off, because we state the age ourselves."""
    satkit.utils.set_offline(True)
    satkit.utils.set_datadir(str(Path(satkit_data.__file__).parent / "data"))
    satkit.utils.add_search_dir(str(earth_orientation_folder()))  # read once for the life of the process
    satkit.spaceweather.disable_space_weather_time_warning()
    satkit.frametransform.disable_eop_time_warning()
    return satkit.time(2000, 1, 1, scale=satkit.timescale.TAI)


@lru_cache(maxsize=1)
def _version() -> str:
    return version("satkit")


def _install_weather(weather: SpaceWeather, start: Epoch, end: Epoch) -> None:
    """Give satkit the rows of this table that a flight needs, unless it has them already.

    Rows of half a year on either side go with them, so that flights near each other share one window.
    """
    have = _installed.get("weather")
    if have is not None and have[0] == weather.digest and have[1] <= start.tai_us and end.tai_us <= have[2]:
        return
    first = max(start.plus_days(-_WINDOW_DAYS), min(start, weather.start))
    last = min(end.plus_days(_WINDOW_DAYS), max(end, weather.end))
    _installed.clear()
    satkit.spaceweather.init_from_bytes(weather.between(first, last).to_celestrak_csv())
    _installed["weather"] = (weather.digest, first.tai_us, last.tai_us)


def _sk_time(tai_us: int) -> Any:
    days, us = divmod(int(tai_us), DAY_US)
    return _prepare_satkit() + satkit.duration.from_days(float(days)) + satkit.duration.from_seconds(us / 1e6)


def _sk_times(tai_us: TimesUs) -> Any:
    """satkit's times of instants that lie within months of each other (exact to the microsecond over 30 days)."""
    return _sk_time(int(tai_us[0])) + (tai_us - tai_us[0]) / DAY_US


def _states(result: Any, times: TimesUs) -> Floats:
    """Dense output of satkit at n instants in any order, shape (n, 6).

    satkit walks through a list of instants in the direction of the flight; out of that order it gives wrong states and no
    error, so the list is sorted here.
    """
    order = np.argsort(times, kind="stable")
    if result.time_end < result.time_begin:
        order = order[::-1]
    out = np.empty((len(times), 6))
    out[order] = np.asarray(result.interp(_sk_times(times[order])), dtype=np.float64).reshape(-1, 6)
    return out


# ---- pieces ---------------------------------------------------------------------------------------------------------


@dataclass
class _Path:
    """The flight so far: the state at ``now`` and the samples that are already taken."""

    now: int
    y: Floats
    mass_kg: float
    next_sample: int
    step_us: int
    direction: int
    times: list[int]
    states: list[Floats]
    masses: list[float]
    next_step_s: float | None = None
    drag_factor: float = 1.0

    def sample_times(self, end: int) -> list[int]:
        """Times of the output grid after ``now`` up to and including ``end``."""
        out = []
        while (self.next_sample - end) * self.direction <= 0:
            out.append(self.next_sample)
            self.next_sample += self.direction * self.step_us
        return out

    def record(self, time: int, y: Floats, mass_kg: float) -> None:
        if self.times and self.times[-1] == time:
            return
        self.times.append(time)
        self.states.append(y)
        self.masses.append(mass_kg)


@dataclass(frozen=True)
class _Engine:
    """One flight's constants, and how a piece of it is flown."""

    body: Body
    forces: Forces
    weather: SpaceWeather
    floor_m: float
    tolerance: float = TOLERANCE
    profile: DragProfile | None = None
    stop_at: Event | None = None
    tables: dict[int, Any] = field(default_factory=dict)

    def properties(self, mass_kg: float, drag_factor: float = 1.0, thrust: Any = None) -> Any:
        body = self.body.with_mass(mass_kg)
        return satkit.satproperties(
            cdaoverm=body.drag_m2_kg * drag_factor if self.forces.drag else 0.0,
            craoverm=body.radiation_m2_kg if self.forces.radiation_pressure else 0.0,
            thrusts=[] if thrust is None else [thrust],
        )

    def settings(self, fast: bool) -> Any:
        f = self.forces
        common: dict[str, Any] = {
            "gravity_degree": f.gravity_degree,
            "gravity_order": f.order,
            "gravity_model": getattr(satkit.gravmodel, f.gravity_field),
            "use_sun_gravity": f.sun,
            "use_moon_gravity": f.moon,
            "use_relativistic_correction": f.relativity,
            "tide_model": satkit.tidemodel.solid_step1 if f.tides else satkit.tidemodel.none,
            "use_spaceweather": True,
        }
        if fast:
            return satkit.propsettings(
                **common, integrator=satkit.integrator.gauss_jackson8, gj_step_seconds=_FAST_STEP_S, max_steps=1_000_000
            )
        return satkit.propsettings(
            **common,
            integrator=satkit.integrator.rkv98,
            abs_error=1e5 * self.tolerance,
            rel_error=self.tolerance,
            max_steps=_MAX_STEPS,
        )

    def precise(self, start: int, end: int) -> Any:
        """Runge-Kutta settings with the table of Sun, Moon and orientation of the UTC day; pieces of a day share it."""
        low, high = min(start, end), max(start, end)
        day = low - int(utc_us(np.array([low], dtype=np.int64))[0]) % DAY_US
        if high > day + DAY_US + 2_000_000:
            return self.settings(False)
        if day not in self.tables:
            self.tables.clear()
            self.tables[day] = self.settings(False)
            self.tables[day].precompute_terms(_sk_time(day - _TABLE_US), _sk_time(day + DAY_US + 2 * _TABLE_US))
        return self.tables[day]

    def propagate(
        self, y: Floats, start: int, end: int, fast: bool, properties: Any, first_step_s: float | None
    ) -> Any:
        settings = self.settings(True) if fast else self.precise(start, end)
        if not fast:
            settings.initial_step_secs = first_step_s
        try:
            result = satkit.propagate(
                y, _sk_time(start), _sk_time(end), propsettings=settings, satproperties=properties
            )
        except (RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise EngineError(
                f"the numerical engine failed between {Epoch(start)} and {Epoch(end)}: {reason}"
            ) from None
        if not np.isfinite(result.state).all():
            raise EngineError(f"the numerical engine gave a state that is not finite at {Epoch(end)}")
        return result

    def height_m(self, times: TimesUs, states: Floats) -> Floats:
        return geodetic(gcrf_to_itrf(times, states[:, :3])).height_m

    def may_be_low(self, y: Floats, end: Floats, span_us: int) -> bool:
        """Whether a piece can have touched the floor: no geodetic height is less than the radius less the Earth's largest."""
        nearest = min(float(np.linalg.norm(y[:3])), float(np.linalg.norm(end[:3])))
        return nearest - EARTH_EQUATORIAL_RADIUS_M < self.floor_m + _margin_m(span_us)

    def first(
        self, result: Any, start: int, end: int, holds: Callable[[TimesUs, Floats], Answers], armed: bool
    ) -> int | None:
        """First time in the piece at which an answer is yes, to a millisecond; None if never.

        Unless ``armed`` it has to be no before.
        """
        a, b = start, end
        for step_us in (_SCAN_US, 200_000, 1_000):
            count = max(2, math.ceil(abs(b - a) / step_us) + 1)
            times = np.unique(np.linspace(a, b, count).astype(np.int64))
            if b < a:
                times = times[::-1]
            yes = holds(times, _states(result, times))
            if not armed:
                yes &= np.cumsum(~yes) > 0
            hits = np.flatnonzero(yes)
            if len(hits) == 0:
                return None if step_us == _SCAN_US else int(b)
            hit = int(hits[0])
            if hit == 0:
                return int(times[0])
            a, b, armed = int(times[hit - 1]), int(times[hit]), True
        return b

    def stop(self, path: _Path, result: Any, end: int) -> tuple[int, str] | None:
        """When and why a piece has to end before its end: the floor, or the event that the flight is to stop at."""
        found: list[tuple[int, str]] = []
        if self.may_be_low(path.y, np.asarray(result.state), abs(end - path.now)):
            at = self.first(result, path.now, end, lambda t, y: self.height_m(t, y) < self.floor_m, True)
            if at is not None:
                found.append((at, ALTITUDE_FLOOR))
        event = self.stop_at
        if event is not None:
            for sense in (1, -1):
                if event.direction in (0, sense):
                    at = self.first(result, path.now, end, _answers(event, sense), False)
                    if at is not None:
                        found.append((at, event.names[0 if sense > 0 else 1]))
        return min(found, key=lambda f: abs(f[0] - path.now)) if found else None

    def piece(
        self, path: _Path, end: int, fast: bool, thrust: Any = None, mass_after_kg: float | None = None
    ) -> tuple[str | None, Any]:
        """Fly to ``end`` with constant properties and take the samples on the way. Gives why it stopped, and the path."""
        mass_mid = path.mass_kg if mass_after_kg is None else 0.5 * (path.mass_kg + mass_after_kg)
        properties = self.properties(mass_mid, path.drag_factor, thrust)
        result = self.propagate(path.y, path.now, end, fast, properties, path.next_step_s)
        stop = self.stop(path, result, end)
        final = end if stop is None else stop[0]
        wanted = path.sample_times(final)
        if wanted:
            for t, y in zip(wanted, _states(result, np.array(wanted, dtype=np.int64)), strict=True):
                part = (t - path.now) / (end - path.now)
                mass = path.mass_kg if mass_after_kg is None else path.mass_kg + part * (mass_after_kg - path.mass_kg)
                path.record(t, np.array(result.state) if t == end else y, mass)
        if mass_after_kg is not None:
            path.mass_kg += (final - path.now) / (end - path.now) * (mass_after_kg - path.mass_kg)
        path.y = np.array(result.state if stop is None else result.interp(_sk_time(final)), dtype=np.float64)
        path.now = final
        path.next_step_s = None if fast or thrust is not None else abs(float(result.next_step_secs))
        return (None if stop is None else stop[1]), result

    def fastest_loss_m_s(self, path: _Path, lowest_m: float) -> float:
        """Upper guess of the loss of semi-major axis, from air as dense as at solar maximum; sizes the chunks only."""
        if not self.forces.drag:
            return 1e-6
        density_kg_m3 = 1e-11 * math.exp(-(lowest_m - 400_000.0) / 50_000.0)
        drag_m2_kg = self.body.with_mass(path.mass_kg).drag_m2_kg * path.drag_factor
        return max(1e-6, density_kg_m3 * drag_m2_kg * 5.2e10)

    def lowest_m(self, y: Floats) -> float:
        """Osculating perigee above the equatorial radius: the lowest geodetic height of the orbit, or somewhat less."""
        state = StateVector(Epoch(0), y[:3], y[3:])
        return state.semi_major_axis_m * (1.0 - state.eccentricity) - EARTH_EQUATORIAL_RADIUS_M

    def coast(self, path: _Path, end: int, method: Method) -> tuple[str | None, str]:
        """Fly without thrust to ``end``. Returns why it stopped before, and which integrators flew."""
        used: set[str] = set()
        why: str | None = None
        while path.now != end and why is None:
            goal = end
            if self.profile is not None:
                goal = self.profile.next_step(path.now, end)
                at = self.profile.factor_at if path.direction > 0 else self.profile.factor_before
                path.drag_factor = at(path.now)
            why = self._coast(path, goal, method, used)
        return why, "+".join(sorted(used))

    def _coast(self, path: _Path, end: int, method: Method, used: set[str]) -> str | None:
        """Fly to ``end`` with one factor on the drag."""
        sign = path.direction
        long_leg = method == "fast" or (method == "auto" and abs(end - path.now) > _FAST_LEG_S * 1e6)
        while path.now != end:
            low = self.lowest_m(path.y)
            left_s = abs(end - path.now) / 1e6
            chunk_s = min(left_s, _FAST_CHUNK_S, 0.25 * (low - 200_000.0) / self.fastest_loss_m_s(path, low))
            chunk_s = math.floor(chunk_s / _FAST_STEP_S) * _FAST_STEP_S
            if long_leg and low > _FAST_LOWEST_M and chunk_s >= 43_200.0:
                used.add(f"gauss_jackson8 {_FAST_STEP_S:g} s")
                path.next_step_s = None
                why, _ = self.piece(path, path.now + sign * round(chunk_s * 1e6), True)
            else:
                used.add(f"rkv98 {self.tolerance:.0e}".replace("e-0", "e-"))
                target = _next_mark(path.now, sign, _THREE_HOURS_US if low > _LOW_M else _LOW_PIECE_US)
                target = min(target, end) if sign > 0 else max(target, end)
                why = self.steady(path, target)
            if why is not None:
                return why
        return None

    def steady(self, path: _Path, end: int) -> str | None:
        """Fly to ``end`` by Runge-Kutta; where sunlight pushes, in pieces from one edge of the shadow to the next.

        The edges are found on a trial flight: a step over an edge costs centimetres (0.7 m in a day at 0.024 m2/kg), but the trial's
        own error moves an edge by microseconds.
        """
        if not (self.forces.radiation_pressure and self.body.radiation_m2_kg > 0.0):
            return self.piece(path, end, False)[0]
        properties = self.properties(path.mass_kg, path.drag_factor)
        trial = self.propagate(path.y, path.now, end, False, properties, path.next_step_s)
        stride_s = abs(float(trial.next_step_secs))

        def states(times: TimesUs) -> tuple[Floats, Floats]:
            y = _states(trial, times)
            return y[:, :3], y[:, 3:]

        low, high = min(path.now, end), max(path.now, end)
        times = np.append(np.arange(low, high, _SCAN_US, dtype=np.int64), high)
        lit = sunlit_fraction(times, states(times)[0], 0.0)  # the engine's Earth casts a round shadow
        edges = [
            f.epoch.tai_us
            for part, inside in (("penumbra", lit < 1.0), ("umbra", lit <= 0.0))
            for f in changes(states, Shadow(part, 0, 0.0), times, inside)  # type: ignore[arg-type]
        ]
        for goal in (*sorted({e for e in edges if low < e < high}, reverse=end < path.now), end):
            path.next_step_s = min(stride_s, abs(goal - path.now) / 1e6)
            why, _ = self.piece(path, goal, False)
            if why is not None:
                return why
        path.next_step_s = stride_s
        return None

    def burn(self, path: _Path, burn: FiniteBurn) -> tuple[str | None, FlownBurn]:
        """Fly one burn, in pieces of two halves of constant acceleration each.

        The two accelerations give each piece the change of speed and the displacement of the rocket equation, so the falling
        mass costs no accuracy however long the pieces are (measured in tests/flight/test_numerical.py).
        """
        total = round(burn.duration_s * 1e6)
        start, mass_start = path.now, path.mass_kg
        if burn.propellant_kg >= mass_start:
            burn.delta_v_m_s(mass_start)
        if self.profile is not None:
            path.drag_factor = self.profile.factor_at(path.now)
        relative = burn.propellant_kg / mass_start
        pieces = max(1, math.ceil(relative / _BURN_PIECE_PART), math.ceil(burn.duration_s / _BURN_PIECE_S))
        work_m2_s2, speed_m_s, why = 0.0, 0.0, None
        for k in range(2 * pieces):
            if why is not None:
                break
            piece_start, piece_end = (start + round(total * j / pieces) for j in (k // 2, k // 2 + 1))
            if k % 2 == 0:
                accelerations = _two_accelerations(burn, path.mass_kg, (piece_end - piece_start) / 1e6)
            begin, end = path.now, piece_end if k % 2 else (piece_start + piece_end) // 2
            seconds = (end - begin) / 1e6
            acceleration = accelerations[k % 2]
            thrust = satkit.thrust.constant(
                [burn.sign * acceleration * x for x in burn.direction],
                _sk_time(begin - 1_000_000),
                _sk_time(end + 1_000_000),
                frame=getattr(satkit.frame, burn.frame),
            )
            path.next_step_s = seconds
            why, result = self.piece(path, end, False, thrust, path.mass_kg - burn.mass_flow_kg_s * seconds)
            at = np.linspace(begin, path.now, 3).astype(np.int64)
            states = _states(result, at) if path.now != begin else np.tile(path.y, (3, 1))
            power = burn.along_velocity(states[:, :3], states[:, 3:])
            work_m2_s2 += acceleration * (path.now - begin) / 6e6 * float(power @ (1.0, 4.0, 1.0))
            if k < pieces or k == 0:
                speed_m_s = float(np.linalg.norm(path.y[3:]))
        path.next_step_s = None
        ideal = -burn.sign * STANDARD_GRAVITY_M_S2 * burn.specific_impulse_s * math.log(path.mass_kg / mass_start)
        gained = math.sqrt(max(0.0, speed_m_s**2 + 2.0 * work_m2_s2)) - speed_m_s
        return why, FlownBurn(burn, Epoch(path.now), mass_start, path.mass_kg, ideal, gained)


def _answers(event: Event, sense: int) -> Callable[[TimesUs, Floats], Answers]:
    """An event's question to states of six numbers; with sense -1 the opposite one."""

    def ask(times: TimesUs, states: Floats) -> Answers:
        yes = event.holds(times, states[:, :3], states[:, 3:])
        return yes.copy() if sense > 0 else ~yes

    return ask


def _two_accelerations(burn: FiniteBurn, mass_kg: float, seconds: float) -> tuple[float, float]:
    """Constant accelerations of two halves that move a free body as a constant thrust on a falling mass does, m/s2.

    Over the time T: (a1 + a2) T / 2 is the change of speed, (3 a1 + a2) T^2 / 8 the displacement of the rocket equation. Both
    by their series in the part of the mass that is burnt, which is below 0.01: ten terms are exact to rounding.
    """
    part = burn.mass_flow_kg_s * seconds / mass_kg
    exhaust_m_s = STANDARD_GRAVITY_M_S2 * burn.specific_impulse_s
    mean = exhaust_m_s / seconds * sum(part**n / n for n in range(1, 11))
    moved = exhaust_m_s / seconds * sum(part**n / (n * (n + 1)) for n in range(1, 11))
    return 4.0 * moved - mean, 3.0 * mean - 4.0 * moved


def _margin_m(span_us: int) -> float:
    """How far below its two ends a piece may dip: the height of an orbit varies by the flattening and eccentricity."""
    return 60_000.0 if span_us > 300_000_000 else 10_000.0


def _next_mark(now: int, sign: int, every_us: int) -> int:
    """The next multiple of ``every_us`` of the UTC day after ``now`` in the direction of flight."""
    utc = int(utc_us(np.array([now], dtype=np.int64))[0])
    if sign > 0:
        return now + every_us - utc % every_us
    return now - (utc % every_us or every_us)


# ---- the door -------------------------------------------------------------------------------------------------------


def fly(
    state: StateVector,
    body: Body,
    until: Epoch,
    *,
    weather: SpaceWeather,
    burns: Sequence[FiniteBurn] = (),
    forces: Forces | None = None,
    output_step_s: float = 300.0,
    floor_m: float = 120_000.0,
    method: Method = "auto",
    tolerance: float = TOLERANCE,
    drag_profile: DragProfile | None = None,
    events: Sequence[Event] = (),
    stop_at: Event | None = None,
) -> Flight:
    """Fly a body from a state to an epoch, through its burns, or down to an altitude floor.

    Parameters
    ----------
    state : osculating, GCRF.
    body : mass and drag; drag follows the mass as propellant flows out.
    until : end of the flight; before ``state.epoch`` it flies backwards (then without burns).
    weather : indices that reach ``until``.
    burns : in any order, not overlapping, each wholly inside the flight.
    forces : the default is all but radiation pressure, with 36x36 gravity.
    output_step_s : 1 s or more between samples.
    floor_m : geodetic height at which the flight stops, 80 km or more.
    method : ``auto`` picks the integrator by the length of each leg; ``precise`` and ``fast`` force one.
    tolerance : relative error of one step of the Runge-Kutta legs, 1e-14 to 1e-6.
    drag_profile : factor on the drag that changes in time. Every step of it ends a leg, so with daily steps ``auto`` flies
        Runge-Kutta; ``fast`` starts Gauss-Jackson anew each day, a third cheaper and as good (2 m after 30 days of daily
        factors, measured in validation/forces).
    events : looked for on the flown path (not at the floor, which ends it).
    stop_at : the first such event ends the flight, also inside a burn, which is cut off there.

    Raises
    ------
    InputError
        For burns that overlap or lie outside, settings out of range, and a body whose Cd was fitted with another density
        model than the engine's; all problems at once.
    DataAgeError
        When the indices or the Earth orientation do not reach ``until``.
    EngineError
        When the engine cannot go on (never for a body that comes down: that is the event ``altitude floor``).
    """
    forces = forces or Forces()
    ordered = tuple(sorted(burns, key=lambda b: b.start))
    _check(state, until, ordered, output_step_s, floor_m, method, tolerance)
    _check_density(body, forces)
    first, last = min(state.epoch, until), max(state.epoch, until)
    window = weather.between(first, last)
    engine = _Engine(body, forces, window, floor_m, tolerance, drag_profile, stop_at)
    with _lock:
        _prepare_satkit()
        _install_weather(weather, first, last)
        flight = _fly(engine, state, until, ordered, output_step_s, method, weather)
    return replace(flight, events=find_events(flight.trajectory, events)) if events else flight


def _fly(
    engine: _Engine,
    state: StateVector,
    until: Epoch,
    burns: tuple[FiniteBurn, ...],
    output_step_s: float,
    method: Method,
    weather: SpaceWeather,
) -> Flight:
    y = np.concatenate([state.position_gcrf_m, state.velocity_gcrf_m_s])
    sign = 1 if until >= state.epoch else -1
    step_us = round(output_step_s * 1e6)
    path = _Path(
        state.epoch.tai_us, y, engine.body.mass_kg, state.epoch.tai_us + sign * step_us, step_us, sign, [], [], []
    )
    path.record(path.now, y, path.mass_kg)
    breaks: list[int] = []
    flown: list[FlownBurn] = []
    legs: list[dict[str, str]] = []
    low = float(np.linalg.norm(y[:3])) - EARTH_EQUATORIAL_RADIUS_M < engine.floor_m  # no height is less than this
    low = low and bool(engine.height_m(np.array([path.now]), y[None, :])[0] < engine.floor_m)
    why = ALTITUDE_FLOOR if low else None
    for burn in (*burns, None):
        if why is not None:
            break
        goal = until.tai_us if burn is None else burn.start.tai_us
        begin = path.now
        why, used = engine.coast(path, goal, method)
        path.record(path.now, path.y, path.mass_kg)
        if path.now != begin:
            legs.append({"from": str(Epoch(begin)), "to": str(Epoch(path.now)), "integrator": used})
        if burn is not None and why is None:
            breaks.append(path.now)
            why, report = engine.burn(path, burn)
            path.record(path.now, path.y, path.mass_kg)
            breaks.append(path.now)
            flown.append(report)
            used = f"rkv98 {engine.tolerance:.0e}, thrust".replace("e-0", "e-")
            legs.append({"from": str(burn.start), "to": str(Epoch(path.now)), "integrator": used})
    end_state = StateVector(Epoch(path.now), path.y[:3], path.y[3:])
    settings = {
        "engine": "numerical (satkit)",
        "engine_version": _version(),
        "gravity": f"{_FIELDS[engine.forces.gravity_field]} {engine.forces.gravity_degree}x{engine.forces.order}",
        "forces": asdict(engine.forces),
        "density_model": "NRLMSISE-00, seven-value ap",
        "drag_m2_kg": engine.body.drag_m2_kg,
        "density_scale": engine.body.density_scale,
        "drag_steps": 0 if engine.profile is None else len(engine.profile.times_tai_us),
        "tolerance": engine.tolerance,
        "legs": legs,
        "output_step_s": output_step_s,
        "floor_m": engine.floor_m,
        "own_error": INTEGRATION_ERROR,
        "space_weather": weather.age_statement(end_state.epoch),
        "space_weather_digest": engine.weather.digest,
        "earth_orientation": orientation_statement(end_state.epoch),
    }
    order = slice(None, None, sign)
    trajectory = (
        Trajectory.build(
            np.array(path.times[order], dtype=np.int64),
            np.array(path.states[order])[:, :3],
            np.array(path.states[order])[:, 3:],
            np.array(path.masses[order]),
            np.array(breaks, dtype=np.int64),
            engine="numerical (satkit)",
        )
        if len(path.times) > 1
        else _standing(path)
    )
    burns_flown = tuple(r.burn for r in flown)
    return Flight(trajectory, end_state, path.mass_kg, burns_flown, why, settings, tuple(flown))


def _standing(path: _Path) -> Trajectory:
    """A flight that ended where it began: two samples a microsecond apart, because a trajectory needs two."""
    y = path.y
    later = y.copy()
    later[:3] += y[3:] * 1e-6
    return Trajectory.build(
        np.array([path.now, path.now + 1], dtype=np.int64),
        np.array([y[:3], later[:3]]),
        np.array([y[3:], y[3:]]),
        path.mass_kg,
    )


def _check_density(body: Body, forces: Forces) -> None:
    """A Cd belongs to the density model that it was fitted with."""
    if forces.drag:
        body.check_model(forces.density_model)


def _check(
    state: StateVector,
    until: Epoch,
    burns: Iterable[FiniteBurn],
    output_step_s: float,
    floor_m: float,
    method: str,
    tolerance: float,
) -> None:
    problems: list[Problem] = []
    if not (math.isfinite(output_step_s) and output_step_s >= 1.0):
        problems.append(Problem("fly", "output_step_s", repr(output_step_s), "1 s or more"))
    if not (math.isfinite(floor_m) and floor_m >= _LOWEST_FLOOR_M):
        problems.append(Problem("fly", "floor_m", repr(floor_m), f"{_LOWEST_FLOOR_M:.0f} m or more"))
    if method not in ("auto", "precise", "fast"):
        problems.append(Problem("fly", "method", repr(method), "auto, precise or fast"))
    if not 1e-14 <= tolerance <= 1e-6:
        problems.append(Problem("fly", "tolerance", repr(tolerance), "a number from 1e-14 to 1e-6"))
    before: FiniteBurn | None = None
    for burn in burns:
        where = f"burn {burn.label}".strip() + f" at {burn.start}"
        if burn.start < state.epoch or burn.end > until:
            problems.append(Problem("fly", where, f"ends {burn.end}", f"inside the flight, {state.epoch} to {until}"))
        if before is not None and burn.start < before.end:
            problems.append(Problem("fly", where, "overlap with the burn before", f"a start after {before.end}"))
        before = burn
    if problems:
        raise InputError(problems)
