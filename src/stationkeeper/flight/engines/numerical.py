"""The numerical engine: a body flown through all forces, days to months, on satkit. The only file that imports it.

Model: EGM2008 gravity to degree and order 70, Sun and Moon (DE440), solid Earth tides (IERS 2010, step 1), relativity,
drag of a co-rotating NRLMSISE-00 atmosphere with the seven-value ap history, solar radiation pressure on a sphere
where asked for, and finite burns along the velocity with mass flowing out. Neglected: ocean tides, albedo,
lift and winds, the attitude.

Integration: legs near burns and legs of up to five days by Runge-Kutta-Verner 9(8), restarted at each 3-hour step of
ap so that no jump of the density is stepped over; longer legs by Gauss-Jackson of order 8 at 45 s. satkit's start-up
of that method at its default of 60 s leaves up to 100 m per day (measured), hence 45 s and as few starts as can be. Own error, 36x36 with drag:
:data:`INTEGRATION_ERROR`. Leaving out the field above 36x36 moves a station by 0.06 km in a day and 0.9 km in ten; the
air moves it by tens of kilometres.

satkit keeps its space-weather table per process. :func:`_install_weather` is the one place that sets it, and a lock
keeps flights of several threads from meeting different tables.
Validation status: validated against NASA's ephemerides (validation/nasa_oem).

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
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

os.environ["SATKIT_OFFLINE"] = "1"  # before satkit is loaded: it would fetch files

import astropy_iers_data
import numpy as np
import satkit
import satkit_data
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError, Problem
from stationkeeper.core.frames import gcrf_to_itrf, geodetic, orientation_statement
from stationkeeper.core.time_arrays import DAY_US, TimesUs, utc_us
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.state import StateVector
from stationkeeper.flight.trajectory import Trajectory

Floats = NDArray[np.float64]
Method = Literal["auto", "precise", "fast"]

INTEGRATION_ERROR: Final = (
    "integration error in low orbit: Runge-Kutta legs 4 mm after a day there and back, 0.5 m after 10 days; "
    "Gauss-Jackson legs 0.1 to 0.7 km along the track after 40 days and 0.1 m in mean altitude after 150 days"
)
_THREE_HOURS_US: Final = 10_800_000_000
_FAST_STEP_S: Final = 45.0
_FAST_CHUNK_S: Final = 30 * 86_400.0
_FAST_LEG_S: Final = 5 * 86_400.0
_FAST_LOWEST_M: Final = 250_000.0
_LOW_M: Final = 180_000.0
_LOW_PIECE_US: Final = 600_000_000
_LOWEST_FLOOR_M: Final = 80_000.0
_MAX_BURN_PIECES: Final = 1_000
_MAX_STEPS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Forces:
    """Which forces act. ``gravity_degree`` 2 to 70 (degree and order of EGM2008)."""

    gravity_degree: int = 36
    sun: bool = True
    moon: bool = True
    drag: bool = True
    tides: bool = True
    relativity: bool = True
    radiation_pressure: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.gravity_degree <= 70:
            raise InputError.one("forces", "gravity_degree", self.gravity_degree, "a whole number from 2 to 70")


@dataclass(frozen=True, eq=False)
class Flight:
    """What came out of a flight.

    Parameters
    ----------
    trajectory : samples every ``output_step_s`` from the start, plus ignition and cut-off of each burn, plus the end.
    end_state : the last state.
    end_mass_kg : the mass then.
    burns_flown : the burns that were flown to their end, or cut at the floor.
    stopped : ``None`` when the flight reached its end, ``"altitude floor"`` when it came down to the floor first.
    settings : engine, versions, forces, integrators, tolerances and index tables, for the report.
    """

    trajectory: Trajectory
    end_state: StateVector
    end_mass_kg: float
    burns_flown: tuple[FiniteBurn, ...]
    stopped: Literal["altitude floor"] | None
    settings: dict[str, Any] = field(default_factory=dict)


# ---- the one place that touches satkit's process-wide state ---------------------------------------------------------

_lock = threading.RLock()
_installed: dict[str, str] = {}


@lru_cache(maxsize=1)
def _prepare_satkit() -> Any:
    """Point satkit at the data of the installed packages; its own warnings are off, because we state the age ourselves."""
    satkit.utils.set_offline(True)
    satkit.utils.set_datadir(str(Path(satkit_data.__file__).parent / "data"))
    satkit.utils.add_search_dir(str(Path(astropy_iers_data.__file__).parent / "data"))
    satkit.spaceweather.disable_space_weather_time_warning()
    satkit.frametransform.disable_eop_time_warning()
    return satkit.time(2000, 1, 1, scale=satkit.timescale.TAI)


def _install_weather(weather: SpaceWeather) -> None:
    """Give satkit this table of indices, unless it is the one that it already has."""
    if _installed.get("weather") != weather.digest:
        _installed.clear()
        satkit.spaceweather.init_from_bytes(weather.to_celestrak_csv())
        _installed["weather"] = weather.digest


def _sk_time(tai_us: int) -> Any:
    days, us = divmod(int(tai_us), DAY_US)
    return _prepare_satkit() + satkit.duration.from_days(float(days)) + satkit.duration.from_seconds(us / 1e6)


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

    def properties(self, mass_kg: float, thrust: Any = None) -> Any:
        body = self.body.with_mass(mass_kg)
        return satkit.satproperties(
            cdaoverm=body.drag_m2_kg if self.forces.drag else 0.0,
            craoverm=body.radiation_m2_kg if self.forces.radiation_pressure else 0.0,
            thrusts=[] if thrust is None else [thrust],
        )

    def settings(self, fast: bool, first_step_s: float | None = None) -> Any:
        f = self.forces
        common: dict[str, Any] = {
            "gravity_degree": f.gravity_degree,
            "gravity_model": satkit.gravmodel.egm2008,
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
            abs_error=1e-6,
            rel_error=1e-11,
            max_steps=_MAX_STEPS,
            initial_step_secs=first_step_s,
        )

    def propagate(
        self, y: Floats, start: int, end: int, fast: bool, properties: Any, first_step_s: float | None
    ) -> Any:
        try:
            result = satkit.propagate(
                y,
                _sk_time(start),
                _sk_time(end),
                propsettings=self.settings(fast, first_step_s),
                satproperties=properties,
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

    def crossing(self, result: Any, start: int, end: int) -> int | None:
        """First time in the piece at which the geodetic height is below the floor, to a millisecond; None if never."""
        a, b = start, end
        for step_us in (20_000_000, 200_000, 1_000):
            count = max(2, math.ceil(abs(b - a) / step_us) + 1)
            times = np.unique(np.linspace(a, b, count).astype(np.int64))
            if b < a:
                times = times[::-1]
            states = np.asarray(result.interp([_sk_time(int(t)) for t in times]))
            below = np.flatnonzero(self.height_m(times, states) < self.floor_m)
            if len(below) == 0:
                return None if step_us == 20_000_000 else int(b)
            hit = int(below[0])
            if hit == 0:
                return int(times[0])
            a, b = int(times[hit - 1]), int(times[hit])
        return b

    def piece(self, path: _Path, end: int, fast: bool, thrust: Any = None, mass_after_kg: float | None = None) -> bool:
        """Fly to ``end`` with constant properties and take the samples on the way. True when the floor was met."""
        mass_mid = path.mass_kg if mass_after_kg is None else 0.5 * (path.mass_kg + mass_after_kg)
        result = self.propagate(path.y, path.now, end, fast, self.properties(mass_mid, thrust), path.next_step_s)
        stop = None
        ends = np.stack([path.y, result.state])
        if self.height_m(np.array([path.now, end]), ends).min() < self.floor_m + _margin_m(abs(end - path.now)):
            stop = self.crossing(result, path.now, end)
        final = end if stop is None else stop
        wanted = path.sample_times(final)
        if wanted:
            states = np.asarray(result.interp([_sk_time(t) for t in wanted])).reshape(-1, 6)
            for t, y in zip(wanted, states, strict=True):
                part = (t - path.now) / (end - path.now)
                mass = path.mass_kg if mass_after_kg is None else path.mass_kg + part * (mass_after_kg - path.mass_kg)
                path.record(t, result.state.copy() if t == end else y, mass)
        if mass_after_kg is not None:
            path.mass_kg += (final - path.now) / (end - path.now) * (mass_after_kg - path.mass_kg)
        path.y = np.array(result.state if stop is None else result.interp(_sk_time(stop)), dtype=np.float64)
        path.now = final
        path.next_step_s = None if fast or thrust is not None else abs(float(result.next_step_secs))
        return stop is not None

    def fastest_loss_m_s(self, path: _Path, lowest_m: float) -> float:
        """Upper guess of the loss of semi-major axis, from air as dense as at solar maximum; sizes the chunks only."""
        if not self.forces.drag:
            return 1e-6
        density_kg_m3 = 1e-11 * math.exp(-(lowest_m - 400_000.0) / 50_000.0)
        return max(1e-6, density_kg_m3 * self.body.with_mass(path.mass_kg).drag_m2_kg * 5.2e10)

    def lowest_m(self, y: Floats) -> float:
        """Osculating perigee above the equatorial radius: the lowest geodetic height of the orbit, or somewhat less."""
        state = StateVector(Epoch(0), y[:3], y[3:])
        return state.semi_major_axis_m * (1.0 - state.eccentricity) - 6_378_137.0

    def coast(self, path: _Path, end: int, method: Method) -> tuple[bool, str]:
        """Fly without thrust to ``end``. Returns whether the floor was met, and which integrators flew."""
        sign = path.direction
        used: set[str] = set()
        long_leg = method == "fast" or (method == "auto" and abs(end - path.now) > _FAST_LEG_S * 1e6)
        while path.now != end:
            low = self.lowest_m(path.y)
            left_s = abs(end - path.now) / 1e6
            chunk_s = min(left_s, _FAST_CHUNK_S, 0.25 * (low - 200_000.0) / self.fastest_loss_m_s(path, low))
            chunk_s = math.floor(chunk_s / _FAST_STEP_S) * _FAST_STEP_S
            if long_leg and low > _FAST_LOWEST_M and chunk_s >= 43_200.0:
                used.add(f"gauss_jackson8 {_FAST_STEP_S:g} s")
                path.next_step_s = None
                if self.piece(path, path.now + sign * round(chunk_s * 1e6), True):
                    return True, "+".join(sorted(used))
                continue
            used.add("rkv98 1e-11")
            target = _next_mark(path.now, sign, _THREE_HOURS_US if low > _LOW_M else _LOW_PIECE_US)
            if self.piece(path, min(target, end) if sign > 0 else max(target, end), False):
                return True, "+".join(sorted(used))
        return False, "+".join(sorted(used))

    def burn(self, path: _Path, burn: FiniteBurn) -> bool:
        """Fly one burn: constant acceleration in pieces, each with the exact change of speed of the rocket equation."""
        total = round(burn.duration_s * 1e6)
        start, mass_start = path.now, path.mass_kg
        if burn.propellant_kg >= mass_start:
            burn.delta_v_m_s(mass_start)
        relative = burn.propellant_kg / mass_start
        pieces = min(_MAX_BURN_PIECES, max(1, math.ceil(0.5 * relative / 1e-6), math.ceil(burn.duration_s / 60.0)))
        for k in range(pieces):
            end = start + round(total * (k + 1) / pieces)
            seconds = (end - path.now) / 1e6
            after = path.mass_kg - burn.mass_flow_kg_s * seconds
            acceleration = burn.thrust_n / burn.mass_flow_kg_s * math.log(path.mass_kg / after) / seconds
            thrust = satkit.thrust.constant(
                [0.0, burn.sign * acceleration, 0.0],
                _sk_time(path.now - 1_000_000),
                _sk_time(end + 1_000_000),
                frame=satkit.frame.NTW,
            )
            path.next_step_s = seconds
            if self.piece(path, end, False, thrust, after):
                return True
        path.next_step_s = None
        return False


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

    Raises
    ------
    InputError
        For burns that overlap or lie outside, and settings out of range; all problems at once.
    DataAgeError
        When the indices or the Earth orientation do not reach ``until``.
    EngineError
        When the engine cannot go on (never for a body that comes down: that is the event ``altitude floor``).
    """
    forces = forces or Forces()
    ordered = tuple(sorted(burns, key=lambda b: b.start))
    _check(state, until, ordered, output_step_s, floor_m, method)
    window = weather.between(min(state.epoch, until), max(state.epoch, until))
    engine = _Engine(body, forces, window, floor_m)
    with _lock:
        _prepare_satkit()
        _install_weather(window)
        return _fly(engine, state, until, ordered, output_step_s, method, weather)


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
    flown: list[FiniteBurn] = []
    legs: list[dict[str, str]] = []
    down = bool(engine.height_m(np.array([path.now]), y[None, :])[0] < engine.floor_m)
    for burn in (*burns, None):
        if down:
            break
        goal = until.tai_us if burn is None else burn.start.tai_us
        begin = path.now
        down, used = engine.coast(path, goal, method)
        path.record(path.now, path.y, path.mass_kg)
        if path.now != begin:
            legs.append({"from": str(Epoch(begin)), "to": str(Epoch(path.now)), "integrator": used})
        if burn is not None and not down:
            breaks.append(path.now)
            down = engine.burn(path, burn)
            path.record(path.now, path.y, path.mass_kg)
            breaks.append(path.now)
            flown.append(burn)
            legs.append({"from": str(burn.start), "to": str(Epoch(path.now)), "integrator": "rkv98 1e-11, thrust"})
    end_state = StateVector(Epoch(path.now), path.y[:3], path.y[3:])
    settings = {
        "engine": "numerical (satkit)",
        "engine_version": version("satkit"),
        "gravity": f"EGM2008 {engine.forces.gravity_degree}x{engine.forces.gravity_degree}",
        "forces": asdict(engine.forces),
        "density_model": "NRLMSISE-00, seven-value ap",
        "drag_m2_kg": engine.body.drag_m2_kg,
        "density_scale": engine.body.density_scale,
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
    return Flight(trajectory, end_state, path.mass_kg, tuple(flown), "altitude floor" if down else None, settings)


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


def _check(
    state: StateVector, until: Epoch, burns: Iterable[FiniteBurn], output_step_s: float, floor_m: float, method: str
) -> None:
    problems: list[Problem] = []
    if not (math.isfinite(output_step_s) and output_step_s >= 1.0):
        problems.append(Problem("fly", "output_step_s", repr(output_step_s), "1 s or more"))
    if not (math.isfinite(floor_m) and floor_m >= _LOWEST_FLOOR_M):
        problems.append(Problem("fly", "floor_m", repr(floor_m), f"{_LOWEST_FLOOR_M:.0f} m or more"))
    if method not in ("auto", "precise", "fast"):
        problems.append(Problem("fly", "method", repr(method), "auto, precise or fast"))
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
