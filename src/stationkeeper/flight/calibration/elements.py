"""Drag and burns from a history of element sets (TLE, OMM): the line through the mean semi-major axis between burns.

Model: the mean semi-major axis a of each set is Brouwer's, from its mean motion; between burns drag alone changes it:
da/dt = -(Cd A / m) f(t), with f = a^2 / GM * density * |v_rel| * (v_rel . v) along the observed orbit, from the density
model and the indices as measured. The integral of f (:func:`drag_integral`) is worked out once, and a against
it is a straight line whose slope is Cd * A / m. Burns are steps of that line. Lines and steps are fitted with Huber's
weights, because single sets are wrong by kilometres. Neglected: what the Sun, the Moon, tides and sunlight do to a (nil over a day),
the change of a by attitude thrusters and vents (10 to 60 m a day at times for the ISS: it is as large as drag at
solar minimum), winds, and the delay with which a set follows a changing drag (about a day).

How good a set is, measured over neighbouring sets of the ISS: 2 to 6 m, but up to 500 m, and single ones kilometres,
in the day after a burn. The average of the SGP4 orbit over a day gives the same values plus 7.4 m, with the same noise:
so the mean motion alone is used.

A slope is not a property of the body: the air differs from its model by 15 % from one week to the next, and a station
turns its arrays. So ``sigma_m2_kg`` comes from the scatter of pieces of :data:`PIECE_DAYS` days, not from least squares.
Validation status: validated (validation/element_histories, validation/decays).

References
----------
Hoots and Roehrich, Spacetrack Report #3, for the mean motion. Source key: spacetrack-3.
Picone, Emmert and Lean, J. Geophys. Res. 110 (2005) A03301, densities from the mean motion of element sets. Source key: picone-2005.
Picone et al., J. Geophys. Res. 107 (2002) 1468, error of the model. Source key: nrlmsise-00.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
)
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.frames import gcrf_to_itrf, geodetic
from stationkeeper.core.time_arrays import DAY_US, Times, TimesUs, tai_us
from stationkeeper.environment.atmosphere.msis import DensityModel, density_kg_m3
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.calibration.fit import NORMAL_90, DetectedBurn, DragFit
from stationkeeper.flight.engines import sgp4
from stationkeeper.flight.engines.sgp4 import MeanElements
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector, mean_semi_major_axis_m

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PIECE_DAYS: Final = 4.0
"""Length of the pieces whose scatter gives the uncertainty: longer than the day by which a set follows the drag."""
MODEL_SCATTER: Final = 0.15
"""Relative error of the density model over some days, one sigma (Picone et al. 2002): the prior of the scatter."""
_PRIOR_PIECES: Final = 4.0
_COMING_PIECES: Final = 1.0
_SETTLE_DAYS: Final = 0.5
_QUIET_DAYS: Final = 1.0
_WINDOW_DAYS: Final = 2.0
_LONGEST_WINDOW_DAYS: Final = 6.0
_SLOPE_DAYS: Final = 10.0
_SLOPE_ERROR: Final = 0.35
_SIGNIFICANT: Final = 5.0
_SMALLEST_STEP_M: Final = 100.0
_NOISE_M: Final = 10.0
_GROSS_M: Final = 2_000.0
_HUBER: Final = 1.5
_HUBER_PASSES: Final = 12
_AT_ONCE: Final = 0.6
_TURNED: Final = 4.0
_HUBER_STOP: Final = 0.02
_FEWEST_SETS: Final = 5
_SHORTEST_SPAN_DAYS: Final = 2.0
_SET_SPACING_DAYS: Final = 1.0


# ---- what a history is ----------------------------------------------------------------------------------------------


def history(
    sets: Sequence[MeanElements], start: Epoch | None = None, end: Epoch | None = None
) -> tuple[MeanElements, ...]:
    """The sets of one object in rising order of epoch, from ``start`` to ``end``; of sets with one epoch the last given.

    Raises
    ------
    InputError
        For sets of several objects, or fewer than five sets in the span.
    """
    numbers = sorted({s.catalog_number for s in sets})
    if len(numbers) > 1:
        text = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
        raise InputError.one("element sets", "catalogue number", text, "the sets of one object")
    by_epoch = {s.epoch: s for s in sets}
    ordered = tuple(
        by_epoch[e] for e in sorted(by_epoch) if (start is None or e >= start) and (end is None or e <= end)
    )
    if len(ordered) < _FEWEST_SETS:
        span = f" from {start or 'the first'} to {end or 'the last'}" if start or end else ""
        raise InputError.one(
            "element sets", "", f"{len(ordered)} sets{span}", f"at least {_FEWEST_SETS} sets of different epochs"
        )
    return ordered


def mean_semi_major_axes_m(sets: Sequence[MeanElements]) -> Floats:
    """Brouwer's mean semi-major axis of each set, from its mean motion, m, shape (n,)."""
    return np.array([s.mean_altitude_m for s in sets]) + EARTH_EQUATORIAL_RADIUS_M


@dataclass(frozen=True, eq=False)
class DragIntegral:
    """Loss of mean semi-major axis per unit of Cd * A / m along an observed orbit, counted from its start.

    Parameters
    ----------
    times_tai_us : (n,) even steps.
    loss_m_per_m2_kg : (n,) integral of f, metres of a per m2/kg, rising.
    density_model, weather : what the air was taken from.
    """

    times_tai_us: TimesUs
    loss_m_per_m2_kg: Floats
    density_model: DensityModel
    weather: str

    def at(self, times: Times) -> Floats:
        """The integral at n instants, linear between steps. Raises ``OutOfRangeError`` outside the history."""
        t = tai_us(times)
        if len(t) and not (self.times_tai_us[0] <= t.min() and t.max() <= self.times_tai_us[-1]):
            raise OutOfRangeError(
                f"the drag integral is asked for from {Epoch(int(t.min()))} to {Epoch(int(t.max()))}; it runs from "
                f"{Epoch(int(self.times_tai_us[0]))} to {Epoch(int(self.times_tai_us[-1]))}"
            )
        return np.interp(t, self.times_tai_us, self.loss_m_per_m2_kg)

    def between(self, start: Epoch, end: Epoch) -> float:
        """Loss of a from ``start`` to ``end`` per unit of Cd * A / m, metres per m2/kg."""
        first, last = self.at([start, end])
        return float(last - first)


def drag_integral(
    sets: Sequence[MeanElements],
    weather: SpaceWeather,
    *,
    density_model: DensityModel = "nrlmsise00",
    step_s: float = 300.0,
) -> DragIntegral:
    """Work out what drag takes from a body of Cd * A / m = 1 m2/kg along the orbit that its element sets show.

    The orbit is that of a set of the day before (SGP4 without drag), shrunk to the semi-major axis that lies on the line
    between neighbouring sets. A step of five minutes (18 per orbit) leaves less than 0.1 % a day.

    Parameters
    ----------
    sets : of one object, at least five, in any order, without gross errors (see :func:`gross_errors`).
    weather : indices for the whole span.
    step_s : 30 to 1,800 s.

    Raises
    ------
    InputError
        For a step out of range, several objects, or too few sets.
    DataAgeError
        Where the indices do not reach.
    """
    if not 30.0 <= step_s <= 1_800.0:
        raise InputError.one("drag_integral", "step_s", step_s, "30 to 1,800 s")
    ordered = history(sets)
    epochs = tai_us([s.epoch for s in ordered])
    a = mean_semi_major_axes_m(ordered)
    step_us = round(step_s * 1e6)
    count = max(2, math.ceil((int(epochs[-1]) - int(epochs[0])) / step_us) + 1)
    times = int(epochs[0]) + step_us * np.arange(count, dtype=np.int64)
    leaders = _spaced(epochs, _SET_SPACING_DAYS)
    first = np.append(np.searchsorted(times, epochs[leaders]), count)
    r, v, own_a = np.empty((count, 3)), np.empty((count, 3)), np.empty(count)
    for k, i, j in zip(leaders, first[:-1], first[1:], strict=True):
        if j > i:
            r[i:j], v[i:j] = sgp4.state_at(replace(ordered[k], bstar_1_re=0.0), times[i:j])
            own_a[i:j] = a[k]
    size = np.interp(times, epochs, a) / own_a
    r *= size[:, None]
    v /= np.sqrt(size)[:, None]
    place = geodetic(gcrf_to_itrf(times, r))
    # the last step may lie minutes beyond the last set: indices of that set do for it
    density = density_kg_m3(
        np.minimum(times, epochs[-1]), place.latitude_rad, place.longitude_rad, place.height_m, weather, density_model
    )
    relative = v - np.cross([0.0, 0.0, EARTH_ROTATION_RATE_RAD_S], r)
    axis = 1.0 / (2.0 / np.linalg.norm(r, axis=1) - np.einsum("ni,ni->n", v, v) / GM_EARTH_M3_S2)
    rate = axis**2 / GM_EARTH_M3_S2 * density * np.linalg.norm(relative, axis=1) * np.einsum("ni,ni->n", relative, v)
    total = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * step_s)])
    return DragIntegral(times, total, density_model, weather.age_statement(ordered[-1].epoch))


def gross_errors(sets: Sequence[MeanElements]) -> Flags:
    """Which sets of an ordered history lie more than 2 km to one side of both neighbours: (n,), True for a wrong one.

    Compared with the line from the two sets before to the two sets after, and with the sets on either side, so that
    neither a burn nor a fast decay counts.
    """
    a = mean_semi_major_axes_m(sets)
    t = tai_us([s.epoch for s in sets]) / DAY_US
    wrong = np.zeros(len(a), dtype=bool)
    for k in range(1, len(a) - 1):
        before, after = a[k] - a[k - 1], a[k] - a[k + 1]
        line = float(np.interp(t[k], [t[k - 1], t[k + 1]], [a[k - 1], a[k + 1]]))
        wrong[k] = before * after > 0.0 and min(abs(before), abs(after), abs(a[k] - line)) > _GROSS_M
    return wrong


def _spaced(epochs: TimesUs, days: float) -> NDArray[np.int64]:
    """Indices of epochs that lie at least ``days`` apart, the first among them."""
    picked = [0]
    for k in range(1, len(epochs)):
        if epochs[k] - epochs[picked[-1]] >= days * DAY_US:
            picked.append(k)
    return np.array(picked)


# ---- robust lines ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """Robust least squares: parameters, their covariance, residuals of all rows, scale of the residuals."""

    values: Floats
    covariance: Floats
    residual: Floats
    scale: float


def _robust(columns: Floats, y: Floats, noise_m: float, prior: tuple[int, float, float] | None = None) -> _Line:
    """Huber's M-estimate of ``columns @ p = y``; ``prior`` is (parameter, value, sigma) on one parameter."""
    weight = np.ones(len(y))
    size = np.maximum(np.abs(columns).max(axis=0), 1e-300)
    unit = columns / size
    scale = noise_m
    for _ in range(_HUBER_PASSES):
        weighted = unit * (weight / scale**2)[:, None]
        normal, right = weighted.T @ unit, weighted.T @ y
        if prior is not None:
            k, value, sigma = prior
            normal[k, k] += 1.0 / (sigma * size[k]) ** 2
            right[k] += value / (sigma**2 * size[k])
        covariance = np.linalg.inv(normal + 1e-12 * np.trace(normal) * np.eye(len(normal)))
        values = covariance @ right
        residual = y - unit @ values
        before = weight, scale
        scale = max(noise_m, 1.4826 * float(np.median(np.abs(residual))))
        weight = np.minimum(1.0, _HUBER * scale / np.maximum(np.abs(residual), 1e-9))
        if np.abs(weight - before[0]).max() < _HUBER_STOP and abs(scale / before[1] - 1.0) < _HUBER_STOP:
            break
    return _Line(values / size, covariance / np.outer(size, size), residual, scale)


# ---- burns ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Step:
    """A candidate: the gap after set ``gap``, its step and the standard deviation of least squares."""

    gap: int
    step_m: float
    sigma_m: float


@dataclass
class _Series:
    """The sets as arrays: days, mean semi-major axis, drag integral, and the gaps at which burns are known."""

    t: Floats
    a: Floats
    g: Floats
    burns: list[_Step] = field(default_factory=list)

    def bounds(self, gap: int) -> tuple[int, int]:
        """First and last set that no known burn parts from the gap."""
        low = max((b.gap + 1 for b in self.burns if b.gap < gap), default=0)
        high = min((b.gap for b in self.burns if b.gap > gap), default=len(self.t) - 1)
        return low, high

    def local_slope(self, gap: int) -> float:
        """Median of decay over drag integral between sets near a gap, above 0."""
        near = np.abs(self.t - self.t[gap]) < _SLOPE_DAYS
        a, g, t = self.a[near], self.g[near], self.t[near]
        first = np.searchsorted(t, t + 0.8)
        ok = first < len(t)
        i, j = np.flatnonzero(ok), first[ok]
        slopes = -(a[j] - a[i]) / np.maximum(g[j] - g[i], 1e-9)
        return max(float(np.median(slopes)) if len(slopes) else 0.0, 1e-5)

    def step(self, gap: int) -> _Step | None:
        """The step of the line at a gap, from the sets within some days on both sides; None where there are too few."""
        low, high = self.bounds(gap)
        t = self.t
        left = _window(np.arange(gap, low - 1, -1), t, t[gap], 0.0)
        if low > 0:
            left = left[t[left] > t[low] + _SETTLE_DAYS]
        right = _window(np.arange(gap + 1, high + 1), t, t[gap + 1], _SETTLE_DAYS)
        if len(left) < 3 or len(right) < 2:
            return None
        rows = np.concatenate([left, right])
        g0 = 0.5 * (self.g[gap] + self.g[gap + 1])
        columns = np.stack([np.ones(len(rows)), (rows > gap) * 1.0, -(self.g[rows] - g0)], axis=1)
        slope = self.local_slope(gap)
        line = _robust(columns, self.a[rows] - self.a[gap], _NOISE_M, (2, slope, _SLOPE_ERROR * slope))
        return _Step(gap, float(line.values[1]), math.sqrt(max(float(line.covariance[1, 1]), 0.0)))


def _window(order: NDArray[np.int64], t: Floats, t0: float, settle: float) -> NDArray[np.int64]:
    """Sets from the gap outwards: those within two days (past the noisy hours), at least three within six."""
    away = np.abs(t[order] - t0)
    good = order[(away >= settle) & (away <= settle + _WINDOW_DAYS)]
    if len(good) < 3:
        good = order[(away >= settle) & (away <= _LONGEST_WINDOW_DAYS)][:3]
    return good if len(good) >= 2 or settle == 0.0 else order[away <= _LONGEST_WINDOW_DAYS][:3]


def _find_steps(series: _Series) -> tuple[list[_Step], float]:
    """Burns, one after another, the most significant first; and the scatter of the same measure where no burn is."""
    count = len(series.t)
    found = [series.step(k) for k in range(count - 1)]
    control = 0.0
    for _ in range(count):
        known = [s.step_m for s in found if s is not None]
        if not known:
            break
        control = 1.4826 * float(np.median(np.abs(known)))
        candidates = [
            s
            for s in found
            if s is not None
            and abs(s.step_m) > _SMALLEST_STEP_M
            and not _near(series, s.gap)
            and _significant(series, s, control)
        ]
        if not candidates:
            break
        best = max(candidates, key=lambda s: abs(s.step_m) / math.hypot(control, s.sigma_m))
        gap = _date(series, best)
        sized = series.step(gap) or best
        if not _at_once(series, gap, sized.step_m):
            found[best.gap] = None
            continue
        series.burns.append(_Step(gap, sized.step_m, sized.sigma_m))
        for k in range(count - 1):
            if abs(series.t[k] - series.t[gap]) < _LONGEST_WINDOW_DAYS + 2.0:
                found[k] = series.step(k) if k != gap else None
    return sorted(series.burns, key=lambda b: b.gap), control


def _near(series: _Series, gap: int) -> bool:
    """Whether a gap lies within the noisy hours of a burn that is already known."""
    return any(b.gap == gap or -0.3 < series.t[gap + 1] - series.t[b.gap + 1] < _QUIET_DAYS + 0.5 for b in series.burns)


def _significant(series: _Series, step: _Step, control: float) -> bool:
    """Whether a step stands out of its own error, of the scatter elsewhere and of what drag may have done in the gap."""
    gap = step.gap
    loss_m = series.local_slope(gap) * (series.g[gap + 1] - series.g[gap])
    unknown_m = math.sqrt(control**2 + step.sigma_m**2 + (_SLOPE_ERROR * loss_m) ** 2)
    turned_m = _TURNED * loss_m if step.step_m < 0.0 else 0.0
    return abs(step.step_m) > max(_SIGNIFICANT * unknown_m, turned_m)


def _at_once(series: _Series, gap: int, step_m: float) -> bool:
    """Whether most of a step is there half a day after the gap: a change of drag (a turned body, a storm) takes longer."""
    after = np.flatnonzero((series.t > series.t[gap]) & (series.t <= series.t[gap + 1] + _SETTLE_DAYS))
    slope = series.local_slope(gap)
    change = series.a[after] - series.a[gap] + slope * (series.g[after] - series.g[gap])
    return math.copysign(1.0, step_m) * float(np.median(change[-3:])) >= _AT_ONCE * abs(step_m)


def _date(series: _Series, step: _Step) -> int:
    """The gap near a candidate at which the sets leave the line before it: the one with the largest change of its sign."""
    low, high = series.bounds(step.gap)
    t, slope = series.t, series.local_slope(step.gap)
    best, largest = step.gap, -math.inf
    for k in range(low, high):
        if abs(t[k] - t[step.gap]) > _WINDOW_DAYS + _SETTLE_DAYS:
            continue
        change = (series.a[k + 1] - series.a[k] + slope * (series.g[k + 1] - series.g[k])) * np.sign(step.step_m)
        if change > largest:
            best, largest = k, change
    return best


# ---- the door -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ElementsFit:
    """What a history of element sets says.

    Parameters
    ----------
    fits : one for each span between burns that is long enough and sinks.
    overall : one slope for all spans, each with its own start.
    burns : steps of the mean semi-major axis.
    sets : the sets used, in order.
    mean_semi_major_axis_m : (n,) of the sets.
    residual_m : (n,) what is left over the lines of ``overall``; large in the day after a burn, which is not fitted.
    fitted : (n,) which sets the lines were fitted to.
    integral : the drag integral.
    step_scatter_m : scatter of the measured step where no burn is.
    notes : what was left out, one line each.
    """

    fits: tuple[DragFit, ...]
    overall: DragFit
    burns: tuple[DetectedBurn, ...]
    sets: tuple[MeanElements, ...]
    mean_semi_major_axis_m: Floats
    residual_m: Floats
    fitted: Flags
    integral: DragIntegral
    step_scatter_m: float
    notes: tuple[str, ...] = ()

    def last_state(self) -> StateVector:
        """The osculating state of the last set at its epoch, GCRF, moved onto the fitted line.

        The speed is changed so that the mean semi-major axis lies as far from the line as the sets of its last day do at
        the median: the noise of one set (metres; hundreds of metres soon after a burn) goes. SGP4 knows no tesseral terms, so this is a start for the averaged
        engine; in the numerical engine its mean altitude is off by up to 0.3 km.
        """
        last = self.sets[-1]
        return with_mean_semi_major_axis(sgp4.osculating_state(last, last.epoch), self._last_semi_major_axis_m())

    def last_orbit(self) -> MeanOrbit:
        """The same as mean elements, for the averaged engine: SGP4 knows no tesseral terms, so J2's alone are to be taken off."""
        return replace(MeanOrbit.analytic(self.last_state()), semi_major_axis_m=self._last_semi_major_axis_m())

    def _last_semi_major_axis_m(self) -> float:
        """That of the last set, moved onto the fitted line."""
        off = np.median(self.residual_m[self.fitted][-1:] if self.fitted[-1] else [0.0])
        return float(self.mean_semi_major_axis_m[-1]) - float(off)


def with_mean_semi_major_axis(state: StateVector, semi_major_axis_m: float) -> StateVector:
    """The same place and direction of flight, with the speed that gives a mean semi-major axis (J2, first order)."""
    r, v = state.position_gcrf_m, state.velocity_gcrf_m_s.copy()
    for _ in range(3):
        lacking = semi_major_axis_m - float(mean_semi_major_axis_m(r, v)[0])
        v = v * (1.0 + 0.5 * lacking * GM_EARTH_M3_S2 / (semi_major_axis_m**2 * float(v @ v)))
    return StateVector(state.epoch, r, v)


def fit_elements(
    sets: Sequence[MeanElements],
    weather: SpaceWeather,
    *,
    density_model: DensityModel = "nrlmsise00",
    start: Epoch | None = None,
    end: Epoch | None = None,
    find_burns: bool = True,
) -> ElementsFit:
    """Fit Cd * A / m to the decay that element sets show, span by span between burns, and find the burns.

    A burn is a step of the mean semi-major axis over its drag line that is above 100 m and above five standard
    deviations, where the standard deviation joins the scatter of the same measure over the rest of the history, the
    error of least squares, and 35 % of the decay inside the gap. It is sized from the sets of two days on both sides,
    without the half day after it, and dated between two sets.

    Parameters
    ----------
    sets : of one object, in any order; duplicates and gross errors are left out and counted in the notes.
    weather : measured indices for the whole span.
    density_model : the model that the result is tied to.
    start, end : only sets within; the default is all.
    find_burns : False for a body that has no engine.

    Raises
    ------
    InputError
        For several objects, fewer than five usable sets, or a history that does not sink.
    DataAgeError
        Where the indices do not reach.
    """
    given = history(sets, start, end)
    wrong = gross_errors(given)
    ordered = history([s for s, bad in zip(given, wrong, strict=True) if not bad])
    notes = [f"{int(wrong.sum())} sets with gross errors left out"] if wrong.any() else []
    epochs = tai_us([s.epoch for s in ordered])
    integral = drag_integral(ordered, weather, density_model=density_model)
    series = _Series((epochs - epochs[0]) / DAY_US, mean_semi_major_axes_m(ordered), integral.at(epochs))
    steps, control = _find_steps(series) if find_burns else ([], 0.0)
    spans = _spans(series, steps)
    fitted = np.zeros(len(ordered), dtype=bool)
    fits: list[DragFit] = []
    context = _Context(ordered, density_model, integral.weather)
    for span in spans:
        try:
            fits.append(context.fit(series, [span]))
        except OutOfRangeError as error:
            notes.append(str(error))
        fitted[span] = True
    if not spans:
        raise InputError.one(
            "element sets",
            "",
            f"no {_SHORTEST_SPAN_DAYS:g} days without a burn, with {_FEWEST_SETS} sets",
            "a longer history between burns",
        )
    try:
        overall = context.fit(series, spans)
    except OutOfRangeError as error:
        raise InputError.one(
            "element sets", "", str(error), "a history that sinks", "Take a longer span, or one with more drag."
        ) from None
    residual = np.full(len(ordered), math.nan)
    edges = [-1, *(s.gap for s in steps), len(ordered) - 1]
    y = series.a + overall.cdam_m2_kg * series.g
    for low, high in pairwise(edges):
        rows = np.arange(low + 1, high + 1)
        base = rows[fitted[rows]] if fitted[rows].any() else rows
        residual[rows] = y[rows] - np.median(y[base])
    burns = tuple(_burn(ordered, series, s, control) for s in steps)
    return ElementsFit(
        tuple(fits), overall, burns, ordered, series.a, residual, fitted, integral, control, tuple(notes)
    )


def _spans(series: _Series, steps: Sequence[_Step]) -> list[NDArray[np.int64]]:
    """Indices of the sets between burns, without the day after each; spans that are too short are left out."""
    spans = []
    edges = [-1, *(s.gap for s in steps), len(series.t) - 1]
    for n, (low, high) in enumerate(pairwise(edges)):
        rows = np.arange(low + 1, high + 1)
        if n > 0:
            rows = rows[series.t[rows] >= series.t[low + 1] + _QUIET_DAYS - _SETTLE_DAYS]
        if len(rows) >= _FEWEST_SETS and series.t[rows[-1]] - series.t[rows[0]] >= _SHORTEST_SPAN_DAYS:
            spans.append(rows)
    return spans


def _slope(series: _Series, spans: Sequence[NDArray[np.int64]]) -> tuple[float, float, float]:
    """One slope over several spans, each with its own start: Cd A / m, its formal error, and the rms of what is left."""
    rows = np.concatenate(list(spans))
    owner = np.concatenate([np.full(len(s), k) for k, s in enumerate(spans)])
    columns = np.zeros((len(rows), len(spans) + 1))
    y = np.empty(len(rows))
    for k, span in enumerate(spans):
        own = owner == k
        columns[own, k] = 1.0
        columns[own, -1] = -(series.g[span] - series.g[span].mean())
        y[own] = series.a[span] - np.median(series.a[span])
    line = _robust(columns, y, _NOISE_M)
    rms = float(np.sqrt(np.mean(np.clip(line.residual, -5.0 * line.scale, 5.0 * line.scale) ** 2)))
    return float(line.values[-1]), math.sqrt(max(float(line.covariance[-1, -1]), 0.0)), rms


@dataclass(frozen=True)
class _Context:
    """What all fits of one history share."""

    sets: tuple[MeanElements, ...]
    density_model: DensityModel
    weather: str

    def fit(self, series: _Series, spans: Sequence[NDArray[np.int64]]) -> DragFit:
        """One slope with its uncertainty. Raises ``OutOfRangeError`` when the sets rise instead of sinking."""
        first, last = self.sets[int(spans[0][0])], self.sets[int(spans[-1][-1])]
        value, formal, rms = _slope(series, spans)
        if not value > 0.0:
            raise OutOfRangeError(
                f"the sets from {first.epoch.date} to {last.epoch.date} do not sink (Cd*A/m {value:.5f} m2/kg)"
            )
        scatter, pieces = _scatter(series, spans, value)
        relative = math.sqrt((formal / value) ** 2 + scatter**2 * (1.0 / max(pieces, 1) + 1.0 / _COMING_PIECES))
        widening = math.exp(NORMAL_90 * relative)
        count = sum(len(s) for s in spans)
        lost_m = sum(float(value * (series.g[s[-1]] - series.g[s[0]])) for s in spans)
        return DragFit(
            cdam_m2_kg=value,
            sigma_m2_kg=relative * value,
            low_m2_kg=value / widening,
            high_m2_kg=value * widening,
            density_model=self.density_model,
            weather=self.weather,
            start=first.epoch,
            end=last.epoch,
            data=f"{count} element sets of {first.catalog_number}, {first.epoch.date} to {last.epoch.date}",
            residual={"rms_mean_altitude_m": rms, "decay_m": lost_m, "scatter_of_pieces": scatter},
            formal_sigma_m2_kg=formal,
            notes=(
                f"sigma from the scatter of {pieces} pieces of {PIECE_DAYS:g} days ({scatter:.0%} each, with the model's "
                f"{MODEL_SCATTER:.0%} as prior), for the mean over some coming days",
            ),
        )


def _scatter(series: _Series, spans: Sequence[NDArray[np.int64]], value: float) -> tuple[float, int]:
    """Relative scatter of the slopes of pieces, less what the noise of the sets gives, with a prior; number of pieces."""
    logs: list[float] = []
    for span in spans:
        t = series.t[span]
        parts = max(1, math.floor((t[-1] - t[0]) / PIECE_DAYS))
        part = np.minimum(((t - t[0]) / max(t[-1] - t[0], 1e-9) * parts).astype(int), parts - 1)
        for k in range(parts):
            rows = span[part == k]
            if len(rows) >= 3 and series.g[rows[-1]] > series.g[rows[0]]:
                slope = _slope(series, [rows])[0]
                logs.append(min(max(slope / value - 1.0, -1.0), 1.0))
    own = float(np.sum(np.square(logs)))
    total = _PRIOR_PIECES * MODEL_SCATTER**2 + own
    return math.sqrt(total / (_PRIOR_PIECES + max(len(logs) - 1, 0))), len(logs)


def _burn(sets: Sequence[MeanElements], series: _Series, step: _Step, control: float) -> DetectedBurn:
    """The step as a burn: its date is the middle of the gap between two sets."""
    before, after = sets[step.gap], sets[step.gap + 1]
    axis_m = float(series.a[step.gap])
    per_m = 0.5 * math.sqrt(GM_EARTH_M3_S2 / axis_m**3)
    sigma_m = math.hypot(control, step.sigma_m)
    return DetectedBurn(
        start=Epoch((before.epoch.tai_us + after.epoch.tai_us) // 2),
        end=None,
        duration_s=None,
        delta_v_m_s=per_m * step.step_m,
        delta_a_m=step.step_m,
        sigma_m_s=per_m * sigma_m,
        method=f"step of the mean semi-major axis between the sets of {before.epoch} and {after.epoch} (a set can carry an "
        "epoch three hours after its last observation)",
    )
