"""Mean elements: an orbit without its wobbles, from an osculating state and back.

The numerical engine flies osculating states, the averaged engine mean elements; they meet here. ``MeanOrbit`` is the
orbit less its periodic terms, on the true equator of date (CIRS), because J2, the ellipsoid and latitude refer to the
pole of date: GCRF's pole is 0.12 degrees off it in 2022. Taking it instead costs up to 30 m of semi-major axis, 0.12
degrees of inclination and, at 51.6 degrees, 0.10 of node.

Two ways lead to mean elements and back:

``analytic`` and ``to_state`` take the first-order short-period terms of J2 off or put them on: DSST's and
Brouwer's convention, zero mean over the mean anomaly, exact in the eccentricity, by quadrature of Gauss's equations around
the orbit. They know nothing of the other harmonics, the Sun and the Moon.

``fitted`` and ``to_state_fitted`` fly the body without drag through the whole field, half a nodal day and half a
revolution each way, and average the analytic elements of the samples. The weights are the convolution of a box of one
nodal day with a box of one nodal revolution and even about the epoch, so the terms with the period of
a day, of a revolution and of their fractions vanish, and with them every trend. ``to_state_fitted`` looks for the state
whose fitted mean is wanted.

Error: :data:`ANALYTIC_ERROR` and :data:`FITTED_ERROR`. What ``to_state`` leaves out, as distance at 415 km (rms): the
degree-2 tesserals 0.34 km, the field to 8x8 0.45 km, to 36x36 0.45 km; Sun, Moon and tides 1 m. A fit through 8x8
instead of 36x36 moves the semi-major axis by 7 m, 20x20 by 1.6 m, 70x70 by 0.2 m. Neglected in both ways: drag's own
short-period term (the loss of one revolution times the unevenness of the air around it; estimated, not measured: 1 m at
400 km, 0.1 km at 200 km), and second order in J2, which shifts the meaning of a mean semi-major axis by up to 2 m for
good (against Orekit's Eckstein-Hechler elements).
Validation status: checked against Orekit's mean elements and against the numerical engine
(tests/flight/test_mean_elements.py).

References
----------
Brouwer, Astronomical Journal 64 (1959) 378. Source key: brouwer-1959.
Danielson et al., Semianalytic Satellite Theory, NPS-MA-95-002 (1995), sections 2.5 and 4.1. Source key: dsst-1995.
Vallado, Fundamentals of Astrodynamics, section 9.3 (Gauss's equations). Source key: vallado.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
    J2_EARTH,
)
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError, OutOfRangeError, Problem
from stationkeeper.core.frames import gcrf_to_cirs_matrix
from stationkeeper.core.time_arrays import TimesUs
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.state import StateVector

if TYPE_CHECKING:
    from stationkeeper.flight.engines.numerical import Forces

Floats = NDArray[np.float64]

ANALYTIC_ERROR: Final = (
    "mean elements of one state: semi-major axis 55 m rms, up to 150 m; eccentricity vector 2e-5, inclination and node 3e-5 rad, "
    "argument of latitude 1e-4 rad (rms, low orbit, 36x36 field)"
)
FITTED_ERROR: Final = (
    "mean elements fitted over a day: semi-major axis 0.4 m rms, eccentricity vector 1e-6, inclination and node 1e-6 rad, argument "
    "of latitude 6e-6 rad (rms over the starts of a day, 200 to 800 km); the state put back by J2 alone is 0.5 km rms off, up to 1.1 km"
)

_LARGEST_ECCENTRICITY: Final = 0.1
_SMALLEST_SIN_I: Final = 1e-4
_POINTS: Final = 32
_SAMPLE_S: Final = 120.0
_ROUNDS: Final = 50


@dataclass(frozen=True, slots=True)
class MeanOrbit:
    """Mean elements of a near-circular orbit at an epoch, on the true equator of date (CIRS).

    Parameters
    ----------
    epoch : the instant.
    semi_major_axis_m : mean semi-major axis.
    ex, ey : mean eccentricity vector from the ascending node: e cos w, e sin w; e below 0.1.
    inclination_rad : to the true equator of date; 0 to pi, not within 1e-4 of either (the node is not defined there).
    raan_rad : right ascension of the ascending node from the celestial intermediate origin; less the Earth rotation angle
        it is the longitude of the node.
    argument_of_latitude_rad : mean argument of latitude, w + M.

    Raises
    ------
    InputError
        For elements that are not finite or outside these ranges; all problems at once.
    """

    epoch: Epoch
    semi_major_axis_m: float
    ex: float
    ey: float
    inclination_rad: float
    raan_rad: float
    argument_of_latitude_rad: float

    def __post_init__(self) -> None:
        problems = [
            Problem("mean orbit", key, repr(value), "a finite number")
            for key, value in zip(_NAMES, self._elements(), strict=True)
            if not math.isfinite(value)
        ]
        if not problems:
            if not self.perigee_altitude_m > 0.0:
                found = f"{self.semi_major_axis_m:.0f} m with eccentricity {self.eccentricity:.4f}"
                problems.append(Problem("mean orbit", "semi_major_axis_m", found, "an orbit outside the Earth"))
            if self.eccentricity > _LARGEST_ECCENTRICITY:
                problems.append(
                    Problem("mean orbit", "ex, ey", f"{self.eccentricity:.4f}", "an eccentricity below 0.1")
                )
            if not (0.0 < self.inclination_rad < math.pi and math.sin(self.inclination_rad) > _SMALLEST_SIN_I):
                found, expected = f"{self.inclination_rad!r} rad", "0 to pi, and not equatorial: 1e-4 or more from both"
                problems.append(Problem("mean orbit", "inclination_rad", found, expected))
        if problems:
            raise InputError(problems)

    # ---- from a state -------------------------------------------------------------------------------------------

    @classmethod
    def analytic(cls, state: StateVector) -> MeanOrbit:
        """Mean elements of one osculating state: its own less the first-order short-period terms of J2.

        Error: :data:`ANALYTIC_ERROR`. Costs about five milliseconds.

        Raises
        ------
        OutOfRangeError
            For an orbit that is not near-circular (0.1) or is equatorial (1e-4 rad).
        """
        matrix = gcrf_to_cirs_matrix(state.epoch)[0]
        _check_holds(state, matrix)
        r, v = (matrix @ x for x in (state.position_gcrf_m, state.velocity_gcrf_m_s))
        return cls._of(state.epoch, _mean_of_osculating(_elements_of(r[None], v[None]))[0])

    @classmethod
    def fitted(cls, state: StateVector, *, forces: Forces | None = None) -> MeanOrbit:
        """Mean elements of the path around a state, flown half a day each way without drag.

        Parameters
        ----------
        state : osculating, GCRF.
        forces : what the path is flown through; drag is never on. The default is 36x36 gravity, Sun and Moon.

        Error: :data:`FITTED_ERROR`. Costs about a quarter of a second.

        Raises
        ------
        OutOfRangeError
            For an orbit that is not near-circular (0.1), is equatorial (1e-4 rad), or dips below 80 km.
        DataAgeError
            When the Earth orientation does not reach half a day before or after the state.
        """
        matrix = gcrf_to_cirs_matrix(state.epoch)[0]
        _check_holds(state, matrix)
        return cls._of(state.epoch, _fit(state, matrix, forces))

    # ---- to a state ---------------------------------------------------------------------------------------------

    def to_state(self) -> StateVector:
        """The osculating state, GCRF, with the first-order short-period terms of J2; the inverse of :meth:`analytic`."""
        mean = np.array([self._elements()])
        return _state_of(self.epoch, mean + _short_period(mean))

    def to_state_fitted(self, *, forces: Forces | None = None) -> StateVector:
        """The osculating state, GCRF, whose :meth:`fitted` mean elements are these; the same forces must be given.

        Costs four to six fits.

        Raises
        ------
        EngineError
            Where the search does not settle to a millimetre (never seen in low orbit).
        """
        matrix = gcrf_to_cirs_matrix(self.epoch)[0]
        wanted = np.array(self._elements())
        aim = wanted.copy()
        for _ in range(_ROUNDS):
            state = _state_of(self.epoch, aim[None] + _short_period(aim[None]))
            miss = wanted - _fit(state, matrix, forces)
            miss[3:] = _wrapped(miss[3:])
            aim += miss
            if abs(miss[0]) < 1e-3 and np.abs(miss[1:]).max() < 1e-10:
                return state
        raise EngineError(f"no osculating state was found for the mean orbit at {self.epoch}")

    # ---- derived ------------------------------------------------------------------------------------------------

    @property
    def eccentricity(self) -> float:
        """Mean eccentricity."""
        return math.hypot(self.ex, self.ey)

    @property
    def argument_of_perigee_rad(self) -> float:
        """Mean argument of perigee, 0 to 2 pi; 0 for a circle."""
        return math.atan2(self.ey, self.ex) % math.tau

    @property
    def mean_altitude_m(self) -> float:
        """Mean semi-major axis less 6,378,137 m."""
        return self.semi_major_axis_m - EARTH_EQUATORIAL_RADIUS_M

    @property
    def perigee_altitude_m(self) -> float:
        """Perigee of the mean ellipse less 6,378,137 m."""
        return self.semi_major_axis_m * (1.0 - self.eccentricity) - EARTH_EQUATORIAL_RADIUS_M

    def _elements(self) -> tuple[float, ...]:
        return astuple(self)[1:]

    @classmethod
    def _of(cls, epoch: Epoch, row: Floats) -> MeanOrbit:
        a, ex, ey, i, node, angle = (float(x) for x in row)
        return cls(epoch, a, ex, ey, i, node % math.tau, angle % math.tau)


_NAMES: Final = ("semi_major_axis_m", "ex", "ey", "inclination_rad", "raan_rad", "argument_of_latitude_rad")


def _wrapped(angle: Floats) -> Floats:
    """Angles in [-pi, pi)."""
    return np.asarray(np.mod(angle + math.pi, math.tau) - math.pi)


def _check_holds(state: StateVector, matrix: Floats) -> None:
    e = state.eccentricity
    if e > _LARGEST_ECCENTRICITY:
        raise OutOfRangeError(
            f"eccentricity {e:.4f} at {state.epoch}; mean elements here hold to {_LARGEST_ECCENTRICITY}: fly it numerically"
        )
    h = matrix @ state.angular_momentum_m2_s
    if math.hypot(h[0], h[1]) <= _SMALLEST_SIN_I * float(np.linalg.norm(h)):
        raise OutOfRangeError(f"the orbit at {state.epoch} is equatorial to {_SMALLEST_SIN_I} rad and has no node")


# ---- rows of elements: (n, 6) of a, ex, ey, i, raan, mean argument of latitude ---------------------------------------


def _elements_of(r: Floats, v: Floats) -> Floats:
    """Osculating elements of positions and velocities of shape (n, 3), m and m/s, in the same axes."""
    radius = np.linalg.norm(r, axis=1)
    h = np.cross(r, v)
    h_abs = np.linalg.norm(h, axis=1)
    a = 1.0 / (2.0 / radius - np.einsum("ni,ni->n", v, v) / GM_EARTH_M3_S2)
    across = np.hypot(h[:, 0], h[:, 1])
    inclination, node = np.arctan2(across, h[:, 2]), np.arctan2(h[:, 0], -h[:, 1])
    to_node = np.stack([np.cos(node), np.sin(node), np.zeros_like(node)], axis=1)
    ahead = np.cross(h, to_node) / h_abs[:, None]
    e = np.cross(v, h) / GM_EARTH_M3_S2 - r / radius[:, None]
    x, y = np.einsum("ni,ni->n", e, to_node), np.einsum("ni,ni->n", e, ahead)
    # eccentric argument of latitude F from the place in the orbit's plane, then Kepler's equation
    beta = 1.0 / (1.0 + np.sqrt(1.0 - x**2 - y**2))
    along, up = np.einsum("ni,ni->n", r, to_node) / a + x, np.einsum("ni,ni->n", r, ahead) / a + y
    # along = (1 - beta y^2) cos F + beta x y sin F; up = beta x y cos F + (1 - beta x^2) sin F
    p, q, s = 1.0 - beta * y**2, beta * x * y, 1.0 - beta * x**2
    eccentric = np.arctan2(p * up - q * along, s * along - q * up)
    mean = eccentric - x * np.sin(eccentric) + y * np.cos(eccentric)
    return np.stack([a, x, y, inclination, node, mean], axis=1)


def _eccentric(x: Floats, y: Floats, mean: Floats) -> Floats:
    """Eccentric argument of latitude F of Kepler's equation F - x sin F + y cos F = mean, by Newton's method."""
    f = mean + x * np.sin(mean) - y * np.cos(mean)
    for _ in range(4):
        c, s = np.cos(f), np.sin(f)
        f = f - (f - x * s + y * c - mean) / (1.0 - x * c - y * s)
    return np.asarray(f)


def _place(a: Floats, x: Floats, y: Floats, mean: Floats) -> tuple[Floats, Floats, Floats]:
    """Radius (m) and the cosine and sine of the true argument of latitude."""
    f = _eccentric(x, y, mean)
    c, s = np.cos(f), np.sin(f)
    beta = 1.0 / (1.0 + np.sqrt(1.0 - x**2 - y**2))
    along = (1.0 - beta * y**2) * c + beta * x * y * s - x
    up = beta * x * y * c + (1.0 - beta * x**2) * s - y
    part = np.hypot(along, up)
    return a * part, along / part, up / part


def states_of(tai_us: TimesUs, mean: Floats) -> tuple[Floats, Floats]:
    """Osculating positions (m) and velocities (m/s), GCRF, (n, 3) each, of rows of mean elements, (n, 6): many :meth:`MeanOrbit.to_state`."""
    return _states(tai_us, mean + _short_period(mean)) if len(mean) else (np.empty((0, 3)), np.empty((0, 3)))


def _states(tai_us: TimesUs, rows: Floats) -> tuple[Floats, Floats]:
    """Positions and velocities, GCRF, of rows of osculating elements on the true equators of date."""
    a, x, y, i, node, mean = (rows[:, k, None] for k in range(6))
    radius, c, s = _place(a, x, y, mean)
    ci, si, cn, sn = np.cos(i), np.sin(i), np.cos(node), np.sin(node)
    to_node, ahead = np.hstack([cn, sn, 0.0 * cn]), np.hstack([-sn * ci, cn * ci, si])
    swing = np.sqrt(GM_EARTH_M3_S2 / (a * (1.0 - x**2 - y**2)))
    back = gcrf_to_cirs_matrix(tai_us)
    position, velocity = radius * (c * to_node + s * ahead), swing * (-(s + y) * to_node + (c + x) * ahead)
    return np.einsum("nji,nj->ni", back, position), np.einsum("nji,nj->ni", back, velocity)


def _state_of(epoch: Epoch, row: Floats) -> StateVector:
    """The state, GCRF, of one row of osculating elements on the true equator of date."""
    position, velocity = _states(np.array([epoch.tai_us]), row)
    return StateVector(epoch, position[0], velocity[0])


@lru_cache(maxsize=1)
def _kernels() -> tuple[Floats, Floats, Floats]:
    """Points around the orbit, and the weights that integrate once and twice a rate less its mean, at the first point.

    A rate with samples f_j at mean + points_j has the Fourier coefficients c_k; its zero-mean integral at the first
    point is the sum of c_k / (i k) over k other than 0, and the second integral that of -c_k / k^2.
    """
    points = math.tau * np.arange(_POINTS) / _POINTS
    k = np.arange(1, _POINTS // 2)[:, None]
    once = 2.0 / _POINTS * (-np.sin(k * points) / k).sum(axis=0)
    twice = 2.0 / _POINTS * (-np.cos(k * points) / k**2).sum(axis=0)
    return points, once, twice


def _short_period(rows: Floats) -> Floats:
    """First-order short-period terms of J2, osculating less mean, at mean elements: shape (n, 6)."""
    points, once, twice = _kernels()
    a, x, y, i, _, angle = (rows[:, k, None] for k in range(6))
    radius, c, s = _place(a, x, y, angle + points)
    n = np.sqrt(GM_EARTH_M3_S2 / a**3)
    eta = np.sqrt(1.0 - x**2 - y**2)
    p = a * eta**2
    h = np.sqrt(GM_EARTH_M3_S2 * p)
    si, ci = np.sin(i), np.cos(i)
    pull = -1.5 * J2_EARTH * GM_EARTH_M3_S2 * EARTH_EQUATORIAL_RADIUS_M**2 / radius**4
    up, along, across = pull * (1.0 - 3.0 * (si * s) ** 2), pull * 2.0 * si**2 * s * c, pull * 2.0 * si * ci * s
    climb, ratio = x * s - y * c, p / radius  # e sin f and p / r
    node_rate = radius * s * across / (h * si)
    a_rate = 2.0 * a**2 / h * (climb * up + ratio * along)
    x_rate = (p * s * up + ((p + radius) * c + radius * x) * along) / h + y * ci * node_rate
    y_rate = (-p * c * up + ((p + radius) * s + radius * y) * along) / h - x * ci * node_rate
    i_rate = radius * c * across / h
    turn = (p * (ratio - 1.0) * up - (p + radius) * climb * along) / (h * (1.0 + eta))
    angle_rate = -turn - 2.0 * radius * eta * up / h - ci * node_rate
    terms = np.stack([rate @ once for rate in (a_rate, x_rate, y_rate, i_rate, node_rate, angle_rate)], axis=1) / n
    terms[:, 5] -= (1.5 / a * (a_rate @ twice)[:, None] / n)[:, 0]
    return terms


def _mean_of_osculating(rows: Floats) -> Floats:
    """Mean elements whose short-period terms lead back to the osculating ones, to rounding; shape (n, 6)."""
    mean = rows - _short_period(rows)
    for _ in range(_ROUNDS):
        better = rows - _short_period(mean)
        change = np.abs(better - mean)
        mean = better
        if change[:, 0].max() < 1e-7 and change[:, 1:].max() < 1e-14:
            break
    return mean


# ---- the fit ---------------------------------------------------------------------------------------------------------


def _fit(state: StateVector, matrix: Floats, forces: Forces | None) -> Floats:
    """Weighted mean of the analytic elements over the path around a state, flown without drag; shape (6,)."""
    start = _mean_of_osculating(
        _elements_of((matrix @ state.position_gcrf_m)[None], (matrix @ state.velocity_gcrf_m_s)[None])
    )[0]
    revolution_s, day_s, rate = _periods(start)
    t, states = _path(state, 0.5 * (day_s + revolution_s), forces)
    rows = _mean_of_osculating(_elements_of(states[:, :3] @ matrix.T, states[:, 3:] @ matrix.T))
    steady = start.copy()
    rows[:, 4] = _wrapped(rows[:, 4] - steady[4])
    rows[:, 5] = _wrapped(rows[:, 5] - steady[5] - rate * t)
    steady[:4] = 0.0
    weights = np.clip((0.5 * (day_s + revolution_s) - np.abs(t)) / revolution_s, 0.0, 1.0)
    return np.asarray(steady + weights @ rows / weights.sum())


def _periods(mean: Floats) -> tuple[float, float, float]:
    """Nodal revolution and nodal day in seconds, and the rate of the mean argument of latitude, from J2 alone."""
    a, x, y, i = (float(v) for v in mean[:4])
    n = math.sqrt(GM_EARTH_M3_S2 / a**3)
    k = 0.75 * J2_EARTH * n * (EARTH_EQUATORIAL_RADIUS_M / (a * (1.0 - x * x - y * y))) ** 2
    cosine = math.cos(i)
    rate = n + k * (8.0 * cosine**2 - 2.0)
    return math.tau / rate, math.tau / (EARTH_ROTATION_RATE_RAD_S + 2.0 * k * cosine), rate


def _path(state: StateVector, half_s: float, forces: Forces | None) -> tuple[Floats, Floats]:
    """Seconds from the epoch, shape (n,), and GCRF states, shape (n, 6), half the span each way; even about the epoch."""
    from stationkeeper.flight.engines.numerical import Forces, fly  # here, because loading satkit takes long

    without_drag = replace(forces or Forces(tides=False, relativity=False), drag=False)
    times: list[Floats] = []
    states: list[Floats] = []
    for sign in (-1.0, 1.0):
        until = state.epoch.plus_s(sign * half_s)
        flight = fly(
            state,
            Body(1.0, 0.0, 1.0),
            until,
            weather=SpaceWeather.fixed(),
            forces=without_drag,
            output_step_s=_SAMPLE_S,
            floor_m=80_000.0,
            method="precise",
        )
        if flight.stopped is not None:
            raise OutOfRangeError(f"the orbit at {state.epoch} dips below 80 km: it has no mean elements")
        path = flight.trajectory
        t = (path.times_tai_us - state.epoch.tai_us) / 1e6
        keep = (np.abs(np.round(t / _SAMPLE_S) * _SAMPLE_S - t) < 1e-6) & ((t < 0.0) if sign < 0.0 else (t >= 0.0))
        times.append(t[keep])
        states.append(np.hstack([path.position_gcrf_m, path.velocity_gcrf_m_s])[keep])
    return np.concatenate(times), np.concatenate(states)
