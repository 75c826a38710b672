"""Drag fitted to ephemerides of states: to the span of one, or through the first states of several.

What an ephemeris holds decides what a fit to it means. NASA's public files begin with a fresh orbit determination and
then run fifteen days ahead with NASA's own drag and NASA's own feed of monthly indices. So

- :func:`fit_span` fits one file between its burns: with NASA's files that is NASA's forecast, not the air that came;
- :func:`fit_legs` fits the passage from the first state of one file to the first state of the next, through the burns
  in the file: both ends are determinations, and with observed indices the factor is that of the real air.

Model: the numerical engine with 36x36 gravity, Sun, Moon, tides, relativity, drag; burns along the velocity. Neglected:
a drag area that changes on the way, thruster firings that nobody tells (attitude, docking), lift. A firing of 1 cm/s
after half of a week's leg counts for as much as 4 to 8 % of the drag at 420 km.
Validation status: checked (validation/oem_prediction: predictions from such fits against NASA's next files).

References
----------
Clohessy and Wiltshire, Journal of the Aerospace Sciences 27 (1960) 653. Source key: clohessy-1960.
NASA/JSC public ISS ephemerides, header comments. Source key: nasa-iss-oem.
Tapley, Schutz and Born, Statistical Orbit Determination (2004), chapter 4. Source key: tapley-2004.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError
from stationkeeper.core.frames import rtn_basis
from stationkeeper.core.time_arrays import TimesUs
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn, impulse_m_s
from stationkeeper.flight.calibration.fit import NORMAL_90, DetectedBurn, DragFit
from stationkeeper.flight.engines.numerical import Forces, fly
from stationkeeper.flight.state import StateVector, mean_semi_major_axis_m
from stationkeeper.flight.trajectory import Trajectory

Floats = NDArray[np.float64]

FIRST_GUESS_M2_KG: Final = 0.008
LOWEST_M2_KG: Final = 1e-5
HIGHEST_M2_KG: Final = 0.5
"""Range in which a factor is looked for: from a thousandth of the station's to a sail's."""

WEEK_TO_WEEK: Final = 0.35
"""Relative standard deviation of the factor of the next days or fortnight about that of the days before, measured: 0.35 to
0.5 in thin air, 0.15 to 0.3 in dense air (validation/oem_prediction)."""

SEMI_MAJOR_AXIS_SIGMA_M: Final = 10.0
"""Assumed error of a determined state in semi-major axis (6 mm/s along the track): nobody publishes NASA's."""

_SPECIFIC_IMPULSE_S: Final = 300.0
_UNKNOWN_MASS_KG: Final = 420_000.0
_SHORTEST_SPAN_S: Final = 86_400.0
_PIECE_S: Final = 3 * 86_400.0
_SAMPLE_STEP_S: Final = 2_400.0
_BURN_SIGMA_M_S: Final = 0.002
_JUMP_M_S: Final = 0.02
_STRETCH: Final = 3.0
_OTHERS_FACTOR: Final = 2.0
_MOST_TURNS: Final = 15
_SETTLED: Final = 1e-4


class Arc(Protocol):
    """A run of short steps that marks a burn, by sample numbers."""

    @property
    def start(self) -> Epoch: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def end(self) -> Epoch: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


class Ephemeris(Protocol):
    """What is needed of an ephemeris; :class:`stationkeeper.formats.oem.OemEphemeris` has it."""

    @property
    def source(self) -> str: ...
    @property
    def object_id(self) -> str: ...
    @property
    def times_tai_us(self) -> TimesUs: ...
    @property
    def mass_kg(self) -> float | None: ...
    @property
    def burns(self) -> Sequence[Arc]: ...

    def state(self, index: int) -> StateVector: ...
    def trajectory(self) -> Trajectory: ...


@dataclass(frozen=True, eq=False)
class PositionFit:
    """A drag factor, and a start state where it was asked for, fitted to positions.

    Parameters
    ----------
    cdam_m2_kg, formal_sigma_m2_kg : the factor and the standard deviation that least squares gives it, with the
        residuals taken as the noise.
    start : the fitted start state.
    rms_m : rms of the residuals radial, along-track, cross-track.
    residual_m : (n, 3) observed minus flown, radial, along-track, cross-track.
    """

    cdam_m2_kg: float
    formal_sigma_m2_kg: float
    start: StateVector
    rms_m: tuple[float, float, float]
    residual_m: Floats


@dataclass(frozen=True, eq=False)
class EphemerisFit:
    """What :func:`fit_span` and :func:`fit_legs` give.

    Parameters
    ----------
    kind : ``span`` (inside one file) or ``legs`` (first state to first state).
    fits : one for each span between burns, or each leg.
    overall : their mean, weighted by their length.
    burns : burns found in the files, in order.
    left_out : legs and spans that were not used for ``overall``, and why.
    """

    kind: Literal["span", "legs"]
    fits: tuple[DragFit, ...]
    overall: DragFit
    burns: tuple[DetectedBurn, ...]
    left_out: tuple[str, ...] = ()


# ---- flying with a factor -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Setting:
    """What all flights of a fit share."""

    weather: SpaceWeather
    density_model: str
    mass_kg: float
    burns: tuple[FiniteBurn, ...] = ()

    def fly(self, start: StateVector, cdam_m2_kg: float, until: Epoch, step_s: float = 86_400.0) -> Any:
        body = Body(self.mass_kg, cdam_m2_kg * self.mass_kg, 1.0)
        flight = fly(
            start,
            body,
            until,
            weather=self.weather,
            burns=self.burns,
            forces=Forces(density_model=self.density_model),
            output_step_s=step_s,
            method="precise",
        )
        if flight.stopped:
            raise EngineError(f"with Cd*A/m = {cdam_m2_kg:.4g} m2/kg the body is down on {flight.end_state.epoch}")
        return flight


def fit_positions(
    start: StateVector,
    times_tai_us: TimesUs,
    position_gcrf_m: Floats,
    *,
    mass_kg: float,
    weather: SpaceWeather,
    density_model: str = "nrlmsise00",
    burns: Sequence[FiniteBurn] = (),
    adjust_start: bool = True,
    first_guess_m2_kg: float = FIRST_GUESS_M2_KG,
) -> PositionFit:
    """Least squares of a drag factor through positions, all before or all after the start state.

    Gauss-Newton; the partial derivative by the factor is the difference of two flights, those by the start state are the
    linear motion about a circular orbit (Clohessy and Wiltshire), good enough for steps that are flown again. The three
    components count alike.

    Parameters
    ----------
    start : state from which to fly; where ``adjust_start``, its six components are fitted too.
    times_tai_us, position_gcrf_m : (n,) and (n, 3), rising; 300 s or more from the start, on one side of it.
    mass_kg : at the start.
    burns : between start and end; none when the positions lie before the start.

    Raises
    ------
    InputError
        For positions on both sides of the start, or too few.
    EngineError
        When the fit does not settle, or settles outside 1e-5 to 0.5 m2/kg.
    """
    t = np.asarray(times_tai_us, dtype=np.int64)
    unknowns = 7 if adjust_start else 1
    if 3 * len(t) < unknowns + 3:
        raise InputError.one("calibrate", "positions", len(t), f"at least {math.ceil((unknowns + 3) / 3)}")
    ahead = t > start.epoch.tai_us
    if ahead.any() and not ahead.all():
        raise InputError.one("calibrate", "positions", "on both sides of the start state", "all before or all after it")
    setting = _Setting(weather, density_model, mass_kg, tuple(burns))
    until = Epoch(int(t[-1] if ahead.all() else t[0]))

    def at(state: StateVector, cdam: float) -> tuple[Floats, Floats]:
        path: Trajectory = setting.fly(state, cdam, until, 300.0).trajectory
        return path.interpolate(t)

    state, cdam = start, first_guess_m2_kg
    air, partial_state = np.zeros((len(t), 3)), np.zeros((3 * len(t), 0))
    for turn in range(_MOST_TURNS):
        r, v = at(state, cdam)
        residual = _curved(r, v, position_gcrf_m)
        if turn < 2:
            air = _curved(r, v, at(state, 1.02 * cdam)[0]) / (0.02 * cdam)
        if adjust_start and turn < 2:
            partial_state = _neighbours(state, t, r)
        partial = np.hstack([air.reshape(-1, 1), partial_state])
        scale = np.linalg.norm(partial, axis=0)
        step = np.linalg.lstsq(partial / scale, residual.reshape(-1), rcond=None)[0] / scale
        new = min(max(cdam + float(step[0]), 0.3 * cdam), 3.0 * cdam)
        moved, cdam = abs(new - cdam) / cdam, new
        if adjust_start:
            state = _shifted(state, step[1:])
        if turn > 0 and moved < _SETTLED:
            break
    else:
        raise EngineError(f"the fit of the drag to {len(t)} positions from {start.epoch} does not settle")
    if not LOWEST_M2_KG < cdam < HIGHEST_M2_KG:
        raise EngineError(
            f"the drag fitted to {len(t)} positions from {start.epoch} is {cdam:.2g} m2/kg: no orbit of such a body"
        )
    residual = _curved(*at(state, cdam), position_gcrf_m)
    normal = (partial / scale).T @ (partial / scale)
    noise2 = float((residual**2).sum()) / (residual.size - unknowns)
    formal = math.sqrt(noise2 * float(np.linalg.inv(normal)[0, 0])) / float(scale[0])
    rms = np.sqrt((residual**2).mean(axis=0))
    return PositionFit(
        cdam,
        formal,
        state,
        (float(rms[0]), float(rms[1]), float(rms[2])),
        residual,
    )


def _curved(position: Floats, velocity: Floats, other: Floats) -> Floats:
    """Where other positions lie from an orbit: radial, along the arc, cross-track, metres; shape (n, 3)."""
    turned = np.einsum("nij,nj->ni", rtn_basis(position, velocity), other)
    radius = np.linalg.norm(position, axis=1)
    return np.stack(
        [
            np.hypot(turned[:, 0], turned[:, 1]) - radius,
            radius * np.arctan2(turned[:, 1], turned[:, 0]),
            turned[:, 2],
        ],
        axis=-1,
    )


def _shifted(state: StateVector, by: Floats) -> StateVector:
    """A state moved by six small amounts of which only the fifth changes the semi-major axis, to first order.

    Height with the speed that keeps the energy (m), along the orbit (m), cross-track (m), radial speed (m/s), speed (m/s),
    cross-track speed (m/s).
    """
    r, v = state.position_gcrf_m, state.velocity_gcrf_m_s
    basis = rtn_basis(r[None, :], v[None, :])[0]
    gravity_m_s2 = GM_EARTH_M3_S2 / state.radius_m**2
    seconds = by[1] / state.speed_m_s
    position = r + by[0] * basis[0] + seconds * v + by[2] * basis[2]
    speed = by[4] - by[0] * gravity_m_s2 / state.speed_m_s
    velocity = v - seconds * gravity_m_s2 * r / state.radius_m + by[3] * basis[0] + speed * basis[1] + by[5] * basis[2]
    return StateVector(state.epoch, position, velocity)


def _neighbours(start: StateVector, times: TimesUs, position: Floats) -> Floats:
    """Partial derivatives of radial, along-track and cross-track by the six amounts of :func:`_shifted`; (3 n, 6)."""
    r, h = start.position_gcrf_m, start.angular_momentum_m2_s
    first, across = r / start.radius_m, np.cross(h, r) / np.linalg.norm(np.cross(h, r))
    semi_major_m = float(mean_semi_major_axis_m(r, start.velocity_gcrf_m_s)[0])
    n = math.sqrt(GM_EARTH_M3_S2 / semi_major_m**3)
    seconds = (times - start.epoch.tai_us) / 1e6
    angle = np.arctan2(position @ across, position @ first)
    angle = angle + math.tau * np.round((n * seconds - angle) / math.tau)  # whole turns; the rest is the flown angle
    c, s, nil = np.cos(angle), np.sin(angle), np.zeros(len(times))
    radial = [c, nil, nil, s / n, 2.0 * (1.0 - c) / n, nil]
    along = [-2.0 * s, nil + 1.0, nil, -2.0 * (1.0 - c) / n, (4.0 * s - 3.0 * angle) / n, nil]
    cross = [nil, nil, c, nil, nil, s / n]
    return np.stack([np.stack(x, axis=-1) for x in (radial, along, cross)], axis=1).reshape(-1, 6)


def along_track_m(
    start: StateVector, goal: StateVector, cdam_m2_kg: float, mass_kg: float, weather: SpaceWeather,
    burns: Sequence[FiniteBurn] = (), density_model: str = "nrlmsise00",
) -> tuple[float, float, float]:  # fmt: skip
    """Radial, along-track and cross-track miss of a flight from one state to the epoch of another, metres."""
    return _miss(_Setting(weather, density_model, mass_kg, tuple(burns)), start, goal, cdam_m2_kg)


def _miss(setting: _Setting, start: StateVector, goal: StateVector, cdam_m2_kg: float) -> tuple[float, float, float]:
    end = setting.fly(start, cdam_m2_kg, goal.epoch).end_state
    basis = rtn_basis(goal.position_gcrf_m[None, :], goal.velocity_gcrf_m_s[None, :])[0]
    radial, along, cross = basis @ (end.position_gcrf_m - goal.position_gcrf_m)
    return float(radial), float(along), float(cross)


def _solve_leg(
    setting: _Setting, start: StateVector, goal: StateVector, guess_m2_kg: float = FIRST_GUESS_M2_KG
) -> tuple[float, float, tuple[float, float, float]]:
    """Factor with which the along-track miss is nil, metres per unit of the factor, and the miss that is left."""
    a, b = guess_m2_kg, 1.2 * guess_m2_kg
    miss_a, miss_b = (_miss(setting, start, goal, c)[1] for c in (a, b))
    for _ in range(12):
        slope = (miss_b - miss_a) / (b - a)
        if not math.isfinite(slope) or slope <= 0.0:
            break
        a, miss_a = b, miss_b
        b = a - miss_a / slope
        if not LOWEST_M2_KG < b < HIGHEST_M2_KG:
            break
        left = _miss(setting, start, goal, b)
        miss_b = left[1]
        if abs(miss_b) < 5.0 or b == a:
            return b, slope, left
    raise EngineError(
        f"no drag leads from {start.epoch} to {goal.epoch}: a burn is missing, or is not flown as the file has it"
    )


# ---- burns ----------------------------------------------------------------------------------------------------------


def burns_in(
    ephemeris: Ephemeris,
    weather: SpaceWeather,
    *,
    cdam_m2_kg: float = FIRST_GUESS_M2_KG,
    density_model: str = "nrlmsise00",
) -> tuple[DetectedBurn, ...]:
    """The burns inside an ephemeris: its runs of 2-second steps, and jumps of the energy where there are none.

    Every stretch of three revolutions is flown again as a coast; where the Kepler energy at its end is off by more than
    0.02 m/s (35 m of semi-major axis at 420 km), it is narrowed down to the steps that jump. A jump between two samples
    has no duration: the epoch is the middle of the step.

    Parameters
    ----------
    cdam_m2_kg : drag of the coasts; it need only be right to a factor of two or so: the single steps decide.
    """
    setting = _Setting(weather, density_model, ephemeris.mass_kg or _UNKNOWN_MASS_KG)
    found = []
    for arc in ephemeris.burns:
        jump = _jump_m_s(setting, ephemeris, arc.first, arc.last, cdam_m2_kg)
        end = ephemeris.state(arc.last)
        found.append(
            DetectedBurn(
                arc.start, arc.end, arc.duration_s, jump, _delta_a_m(end, jump), _BURN_SIGMA_M_S,
                "2-second steps; size from the jump of the energy against a coast",
            )
        )  # fmt: skip
    for first, last in _quiet_runs(ephemeris):
        found += _jumps(setting, ephemeris, first, last, cdam_m2_kg)
    return tuple(sorted(found, key=lambda b: b.start))


def _quiet_runs(ephemeris: Ephemeris) -> list[tuple[int, int]]:
    """First and last sample of the stretches between the runs of short steps."""
    edges = [0, *(k for arc in ephemeris.burns for k in (arc.first, arc.last)), len(ephemeris.times_tai_us) - 1]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _jump_m_s(setting: _Setting, ephemeris: Ephemeris, first: int, last: int, cdam_m2_kg: float) -> float:
    start, end = ephemeris.state(first), ephemeris.state(last)
    return impulse_m_s(end, setting.fly(start, cdam_m2_kg, end.epoch).end_state)


def _delta_a_m(state: StateVector, delta_v_m_s: float) -> float:
    return 2.0 * state.semi_major_axis_m**2 * state.speed_m_s / GM_EARTH_M3_S2 * delta_v_m_s


def _jumps(setting: _Setting, ephemeris: Ephemeris, first: int, last: int, cdam_m2_kg: float) -> list[DetectedBurn]:
    times = ephemeris.times_tai_us
    period_us = ephemeris.state(first).period_s * 1e6
    found: list[DetectedBurn] = []
    a = first
    while a < last:
        b = min(last, max(a + 1, int(np.searchsorted(times, times[a] + _STRETCH * period_us))))
        if abs(_jump_m_s(setting, ephemeris, a, b, cdam_m2_kg)) > _JUMP_M_S:
            steps = [(k, _jump_m_s(setting, ephemeris, k, k + 1, cdam_m2_kg)) for k in range(a, b)]
            loud = [(k, dv) for k, dv in steps if abs(dv) > 0.25 * _JUMP_M_S]
            total = sum(dv for _, dv in loud)
            if loud and abs(total) > _JUMP_M_S:
                k, n = loud[0][0], loud[-1][0] + 1
                one = len(loud) == 1
                start = Epoch(int(times[k] + times[n]) // 2) if one else Epoch(int(times[k]))
                duration = None if one else float(times[n] - times[k]) / 1e6
                found.append(
                    DetectedBurn(
                        start, None if one else Epoch(int(times[n])), duration, total, _delta_a_m(ephemeris.state(n), total),
                        _BURN_SIGMA_M_S * math.sqrt(len(loud)),
                        "jump of the mean semi-major axis between samples"
                        + (f" {float(times[n] - times[k]) / 1e6:.0f} s apart" if one else "; duration is an upper bound"),
                    )
                )  # fmt: skip
        a = b
    return found


def as_finite(burns: Sequence[DetectedBurn], mass_kg: float) -> tuple[FiniteBurn, ...]:
    """Burns for a flight. One without a duration lasts 60 s about its epoch."""
    out = []
    for burn in burns:
        duration = burn.duration_s or 60.0
        start = burn.start if burn.duration_s else burn.start.plus_s(-30.0)
        out.append(FiniteBurn.from_delta_v(start, burn.delta_v_m_s, mass_kg, _SPECIFIC_IMPULSE_S, duration_s=duration))
    return tuple(out)


# ---- one file -------------------------------------------------------------------------------------------------------


def fit_span(
    ephemeris: Ephemeris,
    weather: SpaceWeather,
    *,
    density_model: str = "nrlmsise00",
    start: Epoch | None = None,
    end: Epoch | None = None,
    adjust_start: bool = True,
) -> EphemerisFit:
    """Fit the drag to one ephemeris, span by span between its burns.

    Each span of a day or more is fitted through positions every 40 minutes, with six corrections of its first state. The
    model term is the scatter of the factor between pieces of three days, each flown from the ephemeris' own state: the
    air errs for days at a time, so least squares alone says far too little.

    Parameters
    ----------
    start, end : part of the ephemeris to use; left out, all of it.
    adjust_start : also correct the first state of each span.

    Raises
    ------
    InputError
        When no span of a day without a burn lies between start and end.
    """
    t = ephemeris.times_tai_us
    first = max(int(t[0]), start.tai_us) if start else int(t[0])
    last = min(int(t[-1]), end.tai_us) if end else int(t[-1])
    burns = burns_in(ephemeris, weather, density_model=density_model)
    edges = [first]
    for burn in burns:
        margin_us = 0 if burn.duration_s else 300_000_000  # the step that jumps is left out whole
        edges += [burn.start.tai_us - margin_us, (burn.end or burn.start).tai_us + margin_us]
    spans = [(max(a, first), min(b, last)) for a, b in zip(edges[::2], [*edges[1::2], last], strict=True)]
    spans = [(a, b) for a, b in spans if b - a >= _SHORTEST_SPAN_S * 1e6]
    if not spans:
        raise InputError.one(
            ephemeris.source,
            "span",
            f"{Epoch(first)} to {Epoch(last)} with {len(burns)} burns",
            "a day or more without a burn",
        )
    path = ephemeris.trajectory()
    setting = _Setting(weather, density_model, ephemeris.mass_kg or _UNKNOWN_MASS_KG)
    fits = tuple(_fit_one_span(path, ephemeris.source, setting, Epoch(a), Epoch(b), adjust_start) for a, b in spans)
    return EphemerisFit("span", fits, _mean(fits, f"the states of {ephemeris.source}"), burns)


def _fit_one_span(path: Trajectory, source: str, setting: _Setting, a: Epoch, b: Epoch, adjust_start: bool) -> DragFit:
    step_us = round(_SAMPLE_STEP_S * 1e6)
    times = np.arange(a.tai_us + step_us, b.tai_us + 1, step_us, dtype=np.int64)
    positions, _ = path.interpolate(times)
    found = fit_positions(
        path.at(a), times, positions, mass_kg=setting.mass_kg, weather=setting.weather,
        density_model=setting.density_model, adjust_start=adjust_start,
    )  # fmt: skip
    count = max(1, round((b - a) / _PIECE_S))
    marks = [a.plus_s((b - a) * k / count) for k in range(count + 1)]
    pieces = (
        [_solve_leg(setting, path.at(p), path.at(q), found.cdam_m2_kg)[0] for p, q in pairwise(marks)]
        if count > 1
        else []
    )
    scatter = float(np.std(pieces, ddof=1)) if len(pieces) > 1 else 0.0
    notes = (
        [f"factor of pieces of {(b - a) / count / 86_400.0:.1f} days: " + ", ".join(f"{p:.5f}" for p in pieces)]
        if pieces
        else []
    )
    return _drag_fit(
        found.cdam_m2_kg, found.formal_sigma_m2_kg, scatter, setting, a, b, f"positions of {source}",
        {"rms_along_track_m": found.rms_m[1], "rms_radial_m": found.rms_m[0], "rms_cross_track_m": found.rms_m[2]},
        tuple(notes),
    )  # fmt: skip


def _drag_fit(
    cdam: float, formal: float, scatter: float, setting: _Setting, start: Epoch, end: Epoch, data: str,
    residual: dict[str, float], notes: tuple[str, ...],
) -> DragFit:  # fmt: skip
    """A fit with its interval: formal error, the scatter seen, and never less than the air's change from week to week."""
    model = max(scatter, WEEK_TO_WEEK * cdam)
    relative = math.hypot(formal, model) / cdam
    spread = math.exp(NORMAL_90 * math.sqrt(math.log1p(relative**2)))
    return DragFit(
        cdam, relative * cdam, cdam / spread, cdam * spread, setting.density_model, setting.weather.age_statement(end), start, end,
        data, residual, formal,
        (*notes, f"sigma: formal {formal / cdam:.1%}, the air against its model {model / cdam:.0%} (the change from one week to the next)"),
    )  # fmt: skip


def _mean(fits: Sequence[DragFit], data: str) -> DragFit:
    """The mean of several fits, weighted by their lengths."""
    if len(fits) == 1:
        return fits[0]
    weight = np.array([max(1.0, f.end - f.start) for f in fits])
    values = np.array([f.cdam_m2_kg for f in fits])
    cdam = float(np.average(values, weights=weight))
    formal = float(np.sqrt((weight**2 * np.array([f.formal_sigma_m2_kg for f in fits]) ** 2).sum()) / weight.sum())
    scatter = float(np.sqrt(np.average((values - cdam) ** 2, weights=weight) * len(fits) / (len(fits) - 1)))
    names = sorted({k for f in fits for k in f.residual})
    residual = {
        k: float(np.sqrt(np.average([f.residual.get(k, 0.0) ** 2 for f in fits], weights=weight))) for k in names
    }
    model = max(scatter, WEEK_TO_WEEK * cdam)
    relative = math.hypot(formal, model) / cdam
    spread = math.exp(NORMAL_90 * math.sqrt(math.log1p(relative**2)))
    first = fits[0]
    return DragFit(
        cdam, relative * cdam, cdam / spread, cdam * spread, first.density_model, first.weather,
        min(f.start for f in fits), max(f.end for f in fits), data, residual, formal,
        (f"mean of {len(fits)}, weighted by length; they scatter by {scatter / cdam:.0%}",),
    )  # fmt: skip


# ---- several files --------------------------------------------------------------------------------------------------


def fit_legs(
    ephemerides: Sequence[Ephemeris],
    weather: SpaceWeather,
    *,
    density_model: str = "nrlmsise00",
    start: Epoch | None = None,
    end: Epoch | None = None,
    burns: Sequence[DetectedBurn] | None = None,
) -> EphemerisFit:
    """Fit the drag from the first state of each ephemeris to the first state of the next.

    Each leg flies the burns that its own file holds before the next file starts; ``burns`` replaces them all, where it
    is known that one was moved, dropped or added. A leg that no drag explains is left out of the mean and named; so is one
    that lies off the median of all by more than a factor of 2, for then a burn is wrong rather than the air.

    Parameters
    ----------
    ephemerides : of one object, in any order; each must reach the start of the next.
    start, end : legs wholly inside are used; left out, all.
    burns : the burns that were flown, instead of those in the files.

    Raises
    ------
    InputError
        For ephemerides of different objects, or when no leg can be fitted.
    """
    ordered = sorted(ephemerides, key=lambda e: int(e.times_tai_us[0]))
    objects = sorted({e.object_id for e in ordered})
    if len(objects) > 1:
        raise InputError.one("calibrate", "OBJECT_ID", " and ".join(objects), "ephemerides of one object")
    left_out: list[str] = []
    fits: list[DragFit] = []
    found: dict[int, DetectedBurn] = {b.start.tai_us: b for b in burns or ()}
    for a, b in pairwise(ordered):
        begin, goal = a.state(0), b.state(0)
        name = f"{a.source} to {b.source}"
        if (start and begin.epoch < start) or (end and goal.epoch > end):
            continue
        if goal.epoch - begin.epoch < _SHORTEST_SPAN_S:
            left_out.append(f"{name}: less than a day apart")
            continue
        if goal.epoch.tai_us > int(a.times_tai_us[-1]):
            left_out.append(
                f"{name}: the first ends {Epoch(int(a.times_tai_us[-1]))}, so the burns after that are not known"
            )
            continue
        mine = burns if burns is not None else burns_in(a, weather, density_model=density_model)
        inside = [x for x in mine if begin.epoch < x.start and (x.end or x.start) < goal.epoch]
        found.update({x.start.tai_us: x for x in inside})
        mass_kg = a.mass_kg or _UNKNOWN_MASS_KG
        setting = _Setting(weather, density_model, mass_kg, as_finite(inside, mass_kg))
        try:
            fits.append(_fit_leg(setting, begin, goal, name))
        except EngineError as error:
            left_out.append(f"{name}: {error}")
    if not fits:
        raise InputError.one(
            "calibrate", "ephemerides", "; ".join(left_out) or f"{len(ordered)} files",
            "two files or more, each reaching the start of the next",
        )  # fmt: skip
    median = float(np.median([f.cdam_m2_kg for f in fits]))
    used = [f for f in fits if 1.0 / _OTHERS_FACTOR <= f.cdam_m2_kg / median <= _OTHERS_FACTOR]
    left_out += [
        f"{f.data}: {f.cdam_m2_kg:.5f} m2/kg is off the median {median:.5f} by more than a factor of {_OTHERS_FACTOR:g}: a burn "
        "was moved, dropped or added, or thrusters fired"
        for f in fits
        if f not in used
    ]
    text = f"the first states of {len(used) + 1} files"
    return EphemerisFit("legs", tuple(fits), _mean(used, text), tuple(found[k] for k in sorted(found)), tuple(left_out))


def fit_leg(
    start: StateVector,
    goal: StateVector,
    *,
    mass_kg: float,
    weather: SpaceWeather,
    burns: Sequence[FiniteBurn] = (),
    density_model: str = "nrlmsise00",
    data: str = "",
) -> DragFit:
    """The drag that leads from one state to another, through burns: along-track to 5 m.

    Raises
    ------
    EngineError
        When no drag from 1e-5 to 0.5 m2/kg does.
    """
    setting = _Setting(weather, density_model, mass_kg, tuple(burns))
    return _fit_leg(setting, start, goal, data or f"states of {start.epoch} and {goal.epoch}")


def _fit_leg(setting: _Setting, begin: StateVector, goal: StateVector, name: str) -> DragFit:
    cdam, slope, left = _solve_leg(setting, begin, goal)
    # an error of the semi-major axis runs along the track at 1.5 n da
    seconds = goal.epoch - begin.epoch
    formal = 1.5 * math.tau / begin.period_s * SEMI_MAJOR_AXIS_SIGMA_M * seconds / slope
    note = f"1 cm/s in the start state or in a thruster firing near it is {0.01 * 3.0 * seconds / slope / cdam:.1%} of this factor"
    return _drag_fit(
        cdam,
        formal,
        0.0,
        setting,
        begin.epoch,
        goal.epoch,
        name,
        {"radial_m": left[0], "cross_track_m": left[2]},
        (note,),
    )
