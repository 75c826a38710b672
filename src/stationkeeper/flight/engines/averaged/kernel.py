"""The compiled heart of the averaged engine: one member from start to end. With ``device`` the only file that knows Numba.

The functions here are plain scalar code on arrays: Numba compiles them for CPU threads, and numba-cuda compiles the same functions
for a GPU (``device``). Loops over the :data:`POINTS` places of an orbit are written so that they become vector
instructions. Density is in single precision (its own error is a thousand times larger), elements and time in double.

Four arrays go everywhere, because every array that is passed on costs as much as twenty multiplications: ``s`` (double) and ``c`` (whole
numbers) are the member's state, ``w`` (single) is scratch, ``air`` (single) is the density expansion. ``world`` (double) holds what
is the same for all members. The names below are their columns.

Compiled code is kept beside the source and is made anew when this file changes, but not when only ``surrogate`` or ``density_error``
do: touch this file then.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final, TypeVar

import numba
import numpy as np

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_FLATTENING,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
    J2_EARTH,
)
from stationkeeper.environment import density_error
from stationkeeper.environment.atmosphere.surrogate import COMPONENTS, DEGREE, EXPONENTS, ROW_M, TERMS

POINTS: Final = 8
"""Places around the orbit at which the density is taken; 8 against 48 moves a lifetime by 0.01 %."""
J4_EARTH: Final = -1.61962e-6
SINK: Final = 0.08
"""Longest step: the orbit sinks by at most this part of the scale height; a third of it moves a lifetime by 0.02 %."""
SHORTEST_STEP_DAYS: Final = 30.0 / 86_400.0
BLOCK_DAYS: Final = 5
"""Days that share one pass around the orbit, far from the end (1, 3 or 5 are); each keeps its own indices. 5 against 1 moves a lifetime by less than 0.01 %."""

_AHEAD: Final = 30
"""Days whose density is prepared beyond the one that is needed."""

# columns of the arrays of one member; see ``members``
START, A, EX, EY, INCLINATION, RAAN, PHASE, DRAG, MASS, PROPELLANT, EXHAUST, FLOOR, CEILING, WALKED, FROZEN = range(15)
INPUTS: Final = 19
FRESH: Final = 1e3
"""In the column WALKED: the walk of the air's error starts on the first day."""
PATH, POLICY, SCHEDULE, IDENTITY = range(4)
NOBODY, BAND, SCHEDULED = range(3)
# the state, double: the first columns come out at the end
T, SMA, E_X, E_Y, NODE, ARGUMENT, WEIGHT, USED, DELTA_V, DRY = range(10)
OUTPUTS: Final = 10
ALTITUDE, LOW, LEFT, RATE, SCALE, WALK, NEW_EX, NEW_EY, STEP, SIN_I, COS_I, AREA, BEGAN = range(10, 23)
RATES, SHARES, SECULAR, ODD = 23, 28, 36, 40
STATE: Final = 45
# the state, whole numbers: the first three come out at the end
STATUS, BURNS, STEPS, NEXT_SAMPLE, PASSED, PASSED_LOW, RECORDED, NEXT_BURN, WALK_DAY, ROW, PLAN = range(11)
COUNTS: Final = 11
UP, DOWN, WEATHER_ENDED, OUT_OF_RANGE = range(4)
# the world
SOLAR, SOLAR_RATE, LOWEST, ROWS, LAST_DAY, SINK_TO, SAMPLE_DAYS, PHI, QUIET, STORM, BIAS = range(11)
WORLD: Final = 11

N_POWERS: Final = len(EXPONENTS)
# places in the scratch
PARTS, COEFFICIENTS, DAY_TERMS = 0, 16, 112
HEIGHTS, SIN_U, COS_U, RADII, SIN_LATITUDE = range(152, 152 + 5 * POINTS, POINTS)
LOW_HEIGHTS: Final = SIN_LATITUDE + POINTS
SCRATCH: Final = LOW_HEIGHTS + 24
# places in the air: components by day of the year, then rows of heights, then the first coefficient of each row
ROWS_AT: Final = 367 * N_POWERS * COMPONENTS
_PER_ROW: Final = COMPONENTS * TERMS

# Unsigned indices: Numba takes signed ones for possibly counted from the end, and makes no vector instructions of such loops.
_U: Final = np.uint64
_U16, _U48 = np.uint64(COMPONENTS), np.uint64(TERMS)
_ROWS: Final = tuple(np.uint64(TERMS * r) for r in range(COMPONENTS))
_FIVE: Final = tuple(np.uint64(COMPONENTS * k) for k in range(5))
_ANGLES = 2.0 * np.pi * (np.arange(POINTS) + 0.5) / POINTS
_COS: Final = np.cos(_ANGLES).astype(np.float32)
_SIN: Final = np.sin(_ANGLES).astype(np.float32)
_LOW_ANGLES = 2.0 * np.pi * np.arange(24) / 24
_LOW_COS: Final = np.cos(_LOW_ANGLES).astype(np.float32)
_LOW_SIN: Final = np.sin(_LOW_ANGLES).astype(np.float32)
_SQUASH: Final = 1.0 / (1.0 - EARTH_FLATTENING) ** 2 - 1.0
_DAY_S: Final = 86_400.0
_TAU: Final = 2.0 * math.pi

_F = TypeVar("_F", bound=Callable[..., Any])
_UNCOUNTED: Final[dict[str, Any]] = {"_nrt": False}


def compiled(function: _F) -> _F:
    """Compile without the counting of references: these functions make no arrays, and counting took half of the time."""
    made: _F = numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", **_UNCOUNTED)(function)
    return made


allocating = numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
_exact = numba.njit(nogil=True, cache=True)  # no reordered arithmetic: NumPy's values, to rounding


def _random_air() -> dict[str, Any]:
    """The scalar functions of ``density_error``, compiled without a change: with ``math`` for ``numpy``, whose floor a card does not know."""
    scope = {**vars(density_error), "np": math}
    for name in ("splitmix64", "log_of", "cos_of_turns", "exp_of", "normal", "sigma_of_ap", "next_state", "factor"):
        scope[name] = _exact(FunctionType(scope[name].__code__, scope, name))
    return scope


_AIR = _random_air()
normal, factor, _sigma_of_ap, _next_state = (_AIR[k] for k in ("normal", "factor", "sigma_of_ap", "next_state"))


@compiled
def monomials(f107: float, f107a: float, activity: float, o: int, w: Any) -> None:
    """The 35 polynomial terms of a day's drivers in the order of ``surrogate.EXPONENTS``, written to ``w`` from place ``o`` on.

    Each degree is the one before times the first variable, its last few times the second, its last times the third.
    """
    x = np.float32(1.3 * math.log((f107 + f107a) / 260.0))
    y = np.float32((f107 - f107a) / 60.0)
    z = np.float32(activity)
    w[o] = np.float32(1.0)
    begin, size = o, 1
    for degree in range(1, DEGREE + 1):
        end = begin + size
        for k in range(size):
            w[end + k] = x * w[begin + k]
        for k in range(degree):
            w[end + size + k] = y * w[end - degree + k]
        w[end + size + degree] = z * w[end - 1]
        begin, size = end, size + degree + 1


@compiled
def components(day: int, w: Any, air: Any) -> None:
    """The 16 principal components of a day's density, from its terms and its number in the year, written to ``w`` from PARTS on."""
    for r in range(COMPONENTS):
        w[PARTS + r] = np.float32(0.0)
    for k in range(0, N_POWERS, 5):  # five at a time: the sums stay in registers
        t0, t1, t2 = w[DAY_TERMS + k], w[DAY_TERMS + k + 1], w[DAY_TERMS + k + 2]
        t3, t4 = w[DAY_TERMS + k + 3], w[DAY_TERMS + k + 4]
        o = _U((day * N_POWERS + k) * COMPONENTS)
        for r in range(_U16):
            first = t0 * air[o + r] + t1 * air[o + _FIVE[1] + r] + t2 * air[o + _FIVE[2] + r]
            w[r] += first + t3 * air[o + _FIVE[3] + r] + t4 * air[o + _FIVE[4] + r]


@compiled
def _mix(height: int, o: int, w: Any, air: Any) -> None:
    """The 48 coefficients of one row of heights for the present components, written to ``w`` from place ``o`` on."""
    b, place = _U(ROWS_AT + height * _PER_ROW), _U(o)
    c0, c1, c2, c3, c4, c5, c6, c7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
    c8, c9, c10, c11, c12, c13, c14, c15 = w[8], w[9], w[10], w[11], w[12], w[13], w[14], w[15]
    for j in range(_U48):
        first = c0 * air[b + j] + c1 * air[b + _ROWS[1] + j] + c2 * air[b + _ROWS[2] + j] + c3 * air[b + _ROWS[3] + j]
        second = (
            c4 * air[b + _ROWS[4] + j]
            + c5 * air[b + _ROWS[5] + j]
            + c6 * air[b + _ROWS[6] + j]
            + c7 * air[b + _ROWS[7] + j]
        )
        third = (
            c8 * air[b + _ROWS[8] + j]
            + c9 * air[b + _ROWS[9] + j]
            + c10 * air[b + _ROWS[10] + j]
            + c11 * air[b + _ROWS[11] + j]
        )
        fourth = (
            c12 * air[b + _ROWS[12] + j]
            + c13 * air[b + _ROWS[13] + j]
            + c14 * air[b + _ROWS[14] + j]
            + c15 * air[b + _ROWS[15] + j]
        )
        w[place + j] = (first + second) + (third + fourth)


@numba.njit(nogil=True, cache=True, fastmath=True, inline="always")
def _field(c: Any, o: int, p1: float, p2: float, p3: float, p4: float, p5: float, p6: float, p7: float,
           x: float, y: float) -> float:  # fmt: skip
    """Sum of the 48 harmonics; ``p`` Legendre polynomials, x and y cos(latitude) times cosine and sine of local time."""
    x2, y2 = x * x - y * y, x * y + x * y
    x3, y3 = x2 * x - y2 * y, x2 * y + y2 * x
    x4, y4 = x2 * x2 - y2 * y2, x2 * y2 + x2 * y2
    s = (
        c[o]
        + c[o + 1] * p1
        + c[o + 2] * p2
        + c[o + 3] * p3
        + c[o + 4] * p4
        + c[o + 5] * p5
        + c[o + 6] * p6
        + c[o + 7] * p7
    )
    s += x * (
        c[o + 8] + c[o + 9] * p1 + c[o + 10] * p2 + c[o + 11] * p3 + c[o + 12] * p4 + c[o + 13] * p5 + c[o + 14] * p6
    )
    s += y * (
        c[o + 15] + c[o + 16] * p1 + c[o + 17] * p2 + c[o + 18] * p3 + c[o + 19] * p4 + c[o + 20] * p5 + c[o + 21] * p6
    )
    s += x2 * (c[o + 22] + c[o + 23] * p1 + c[o + 24] * p2 + c[o + 25] * p3 + c[o + 26] * p4 + c[o + 27] * p5)
    s += y2 * (c[o + 28] + c[o + 29] * p1 + c[o + 30] * p2 + c[o + 31] * p3 + c[o + 32] * p4 + c[o + 33] * p5)
    s += x3 * (c[o + 34] + c[o + 35] * p1 + c[o + 36] * p2 + c[o + 37] * p3) + y3 * (
        c[o + 38] + c[o + 39] * p1 + c[o + 40] * p2 + c[o + 41] * p3
    )
    return s + x4 * (c[o + 42] + c[o + 43] * p1 + c[o + 44] * p2) + y4 * (c[o + 45] + c[o + 46] * p1 + c[o + 47] * p2)  # type: ignore[no-any-return]


@compiled
def _places(altitude: float, ex: float, ey: float, sin_i: float, w: Any) -> None:
    """Heights, sines and cosines of the argument of latitude, radii and sines of latitude of the places, written to the scratch."""
    a = altitude + EARTH_EQUATORIAL_RADIUS_M
    j = np.float32(J2_EARTH * EARTH_EQUATORIAL_RADIUS_M**2 / a)
    s2 = np.float32(sin_i * sin_i)
    si, size, x, y = np.float32(sin_i), np.float32(a), np.float32(ex), np.float32(ey)
    one, two, half, quarter = np.float32(1.0), np.float32(2.0), np.float32(0.5), np.float32(0.25)
    base = np.float32(altitude) - np.float32(0.75) * j * (two - np.float32(3.0) * s2)
    radius_e, squash = np.float32(EARTH_EQUATORIAL_RADIUS_M), np.float32(_SQUASH)
    for q in range(POINTS):
        c, s = _COS[q], _SIN[q]
        turn = two * (x * s - y * c)
        fall = half * turn * turn
        su, cu = s + turn * c - fall * s, c - turn * s - fall * c
        across = x * s - y * c
        z2 = s2 * su * su
        # a (1 - e cos M + e^2 sin^2 M), and J2's short-period terms
        above = base - size * (x * c + y * s - across * across) + quarter * j * s2 * (cu * cu - su * su)
        # the ellipsoid is lower than the equatorial radius by this much
        lower = radius_e * squash * z2 * (half - np.float32(0.375) * squash * z2)
        w[HEIGHTS + q] = above + lower
        w[SIN_U + q] = su
        w[COS_U + q] = cu
        w[RADII + q] = above + radius_e * one
        w[SIN_LATITUDE + q] = si * su


@compiled
def lowest(altitude: float, ex: float, ey: float, sin_i: float, w: Any) -> float:
    """Lowest geodetic height over the orbit, m (24 places; within 60 m)."""
    a = altitude + EARTH_EQUATORIAL_RADIUS_M
    j = np.float32(J2_EARTH * EARTH_EQUATORIAL_RADIUS_M**2 / a)
    s2 = np.float32(sin_i * sin_i)
    size, x, y = np.float32(a), np.float32(ex), np.float32(ey)
    two, half = np.float32(2.0), np.float32(0.5)
    base = np.float32(altitude) - np.float32(0.75) * j * (two - np.float32(3.0) * s2)
    radius_e, squash = np.float32(EARTH_EQUATORIAL_RADIUS_M), np.float32(_SQUASH)
    for q in range(24):
        c, s = _LOW_COS[q], _LOW_SIN[q]
        across = x * s - y * c
        su = s + two * across * c
        z2 = s2 * su * su
        above = (
            base
            - size * (x * c + y * s - across * across)
            + np.float32(0.25) * j * s2 * (np.float32(1.0) - two * su * su)
        )
        w[LOW_HEIGHTS + q] = above + radius_e * squash * z2 * (half - np.float32(0.375) * squash * z2)
    low = w[LOW_HEIGHTS]
    for q in range(1, 24):
        low = min(low, w[LOW_HEIGHTS + q])
    return float(low)


@compiled
def _reach(s: Any) -> float:
    """How far the lowest height may lie below the mean altitude: the terms of :func:`_places` at their largest, and 1 km for what the
    eccentricity grows in a step."""
    a = s[ALTITUDE] + EARTH_EQUATORIAL_RADIUS_M
    short = J2_EARTH * EARTH_EQUATORIAL_RADIUS_M * EARTH_EQUATORIAL_RADIUS_M / a
    s2 = s[SIN_I] * s[SIN_I]
    swing = short * (0.75 * (2.0 - 3.0 * s2) + 0.25 * s2)
    return float(a * math.sqrt(s[E_X] * s[E_X] + s[E_Y] * s[E_Y]) + swing + 1_000.0)


@compiled
def orbit_rates(
    altitude: float,
    ex: float,
    ey: float,
    sin_i: float,
    cos_i: float,
    angle: float,
    world: Any,
    s: Any,
    w: Any,
    air: Any,
) -> bool:
    """Orbit-averaged rates for 1 m2/kg and a density scale of 1.

    Between the rows below and above the orbit ln(density) is taken as a parabola whose curvature is that of its mean over the globe.

    Parameters
    ----------
    altitude : mean semi-major axis less 6,378,137 m.
    ex, ey, sin_i, cos_i : mean eccentricity vector, inclination.
    angle : node less the solar angle, rad.
    s : the five places from RATES on are written: da/dt m/s, dex/dt 1/s, dey/dt 1/s, scale height m, row in the middle of the orbit.
    w : holds the components of the density.

    Returns False when the orbit leaves the heights of the table.
    """
    a = altitude + EARTH_EQUATORIAL_RADIUS_M
    _places(altitude, ex, ey, sin_i, w)
    low, high = w[HEIGHTS], w[HEIGHTS]
    for q in range(1, POINTS):
        low, high = min(low, w[HEIGHTS + q]), max(high, w[HEIGHTS + q])
    first = int(math.floor((low - world[LOWEST]) / ROW_M))  # noqa: RUF046 - a card gives a float
    last = int(math.ceil((high - world[LOWEST]) / ROW_M))  # noqa: RUF046
    last = max(first + 2, last + (last - first) % 2)
    if first < 0 or last >= world[ROWS]:
        return False
    middle = (first + last) // 2
    _mix(first, COEFFICIENTS, w, air)
    _mix(last, COEFFICIENTS + TERMS, w, air)
    here = ROWS_AT + int(world[ROWS]) * _PER_ROW + middle * COMPONENTS
    reference = np.float32(0.0)
    for r in range(COMPONENTS):
        reference += w[PARTS + r] * air[here + r]
    span = np.float32(last - first)
    bend = np.float32(2.0) * (w[COEFFICIENTS] - reference - reference + w[COEFFICIENTS + TERMS]) / (span * span)
    z0, z2, per_span = np.float32(first), np.float32(last), np.float32(1.0) / span
    cn, sn = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    ci, squash = np.float32(cos_i), np.float32(2.0 * EARTH_FLATTENING)
    per_row, base = np.float32(1.0 / ROW_M), np.float32(world[LOWEST])
    speed0 = np.float32(math.sqrt(GM_EARTH_M3_S2 / a))
    size, spin = np.float32(a), np.float32(EARTH_ROTATION_RATE_RAD_S)
    e1, e2 = np.float32(ex), np.float32(ey)
    one, two, half = np.float32(1.0), np.float32(2.0), np.float32(0.5)
    sixth, sixteenth, late = np.float32(1.0 / 6.0), np.float32(1.0 / 16.0), np.float32(1.0 / 24.0)
    sum_a, sum_x, sum_y = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    # one loop without a store and without a call, so that it becomes vector instructions
    for q in range(POINTS):
        su, cu, z, r = w[SIN_U + q], w[COS_U + q], w[SIN_LATITUDE + q], w[RADII + q]
        flat = one - squash * z * z  # geodetic: cos(latitude) is smaller by this, sin(latitude) larger
        x, y = (cu * cn - ci * su * sn) * flat, (cu * sn + ci * su * cn) * flat
        p1 = z * (flat + squash)
        pp = p1 * p1
        p2 = np.float32(1.5) * pp - half
        p3 = p1 * (np.float32(2.5) * pp - np.float32(1.5))
        p4 = (np.float32(7.0) * p1 * p3 - np.float32(3.0) * p2) * np.float32(0.25)
        p5 = (np.float32(9.0) * p1 * p4 - np.float32(4.0) * p3) * np.float32(0.2)
        p6 = (np.float32(11.0) * p1 * p5 - np.float32(5.0) * p4) * sixth
        p7 = (np.float32(13.0) * p1 * p6 - np.float32(6.0) * p5) * np.float32(1.0 / 7.0)
        h = (w[HEIGHTS + q] - base) * per_row
        under, over = h - z0, z2 - h
        ln = _field(w, COEFFICIENTS, p1, p2, p3, p4, p5, p6, p7, x, y) * (over * per_span)
        ln += (
            _field(w, COEFFICIENTS + TERMS, p1, p2, p3, p4, p5, p6, p7, x, y) * (under * per_span) - bend * under * over
        )
        # exp(ln) as the 16th power of a short series: right to 1e-5 within a factor of 20 of the reference
        t = (ln - reference) * sixteenth
        e = one + t * (one + t * (half + t * (sixth + t * late)))
        e = e * e
        e = e * e
        e = e * e
        e = e * e
        v = speed0 * math.sqrt(one + two * (size - r) / r)
        wind = spin * r
        relative = math.sqrt(v * v - two * v * wind * ci + wind * wind * (one - z * z))
        along = e * relative * (v - wind * ci)
        sum_a += v * along
        sum_x += (cu + e1) / v * along
        sum_y += (su + e2) / v * along
    density = 0.5 * math.exp(float(reference)) / POINTS
    s[RATES] = -2.0 * a * a / GM_EARTH_M3_S2 * density * sum_a
    s[RATES + 1] = -2.0 * density * sum_x
    s[RATES + 2] = -2.0 * density * sum_y
    s[RATES + 3] = ROW_M * (last - first) / max(1e-3, float(w[COEFFICIENTS] - w[COEFFICIENTS + TERMS]))
    s[RATES + 4] = middle
    return True


@compiled
def secular(altitude: float, cos_i: float, s: Any) -> None:
    """Rates of node, perigee and mean argument of latitude of a near-circular orbit, rad/day: J2, its square, J4; from SECULAR on."""
    a = altitude + EARTH_EQUATORIAL_RADIUS_M
    ratio2 = (EARTH_EQUATORIAL_RADIUS_M / a) ** 2
    n = math.sqrt(GM_EARTH_M3_S2 / (a * a * a)) * _DAY_S
    c2 = cos_i * cos_i
    g, g4 = 0.5 * J2_EARTH * ratio2, -0.375 * J4_EARTH * ratio2 * ratio2
    node = -3.0 * g * cos_i + 1.5 * g * g * cos_i * (4.0 - 40.0 * c2) * 0.25 + 2.5 * g4 * cos_i * (3.0 - 7.0 * c2)
    perigee = 1.5 * g * (5.0 * c2 - 1.0) + 0.09375 * g * g * (-10.0 - 36.0 * c2 + 430.0 * c2 * c2)
    mean = 1.5 * g * (3.0 * c2 - 1.0) + 0.09375 * g * g * (10.0 - 60.0 * c2 + 130.0 * c2 * c2)
    s[SECULAR] = n * node
    s[SECULAR + 1] = n * perigee
    s[SECULAR + 2] = n * (1.0 + mean + perigee)


@compiled
def _note(s: Any, c: Any, i: int, sample_days: float, samples: Any, history: Any) -> None:
    """Write the state at the start of a step into the samples that are due and the history."""
    while c[NEXT_SAMPLE] < samples.shape[1] and s[BEGAN] + c[NEXT_SAMPLE] * sample_days <= s[T] + 1e-9:
        samples[i, c[NEXT_SAMPLE]] = s[ALTITUDE]
        c[NEXT_SAMPLE] += 1
    if c[RECORDED] < history.shape[1]:
        history[i, c[RECORDED], 0] = s[T]
        history[i, c[RECORDED], 1] = s[ALTITUDE]
        history[i, c[RECORDED], 2] = s[LOW]
        history[i, c[RECORDED], 3] = math.sqrt(s[E_X] * s[E_X] + s[E_Y] * s[E_Y])
        c[RECORDED] += 1


@compiled
def _pass(
    s: Any,
    c: Any,
    i: int,
    before: float,
    t: float,
    step: float,
    sample_days: float,
    altitudes: Any,
    samples: Any,
    crossings: Any,
) -> None:
    """Samples and crossings of the mean altitude in a piece of ``step`` days from ``t``, which began at the altitude ``before``."""
    after = s[ALTITUDE]
    while c[NEXT_SAMPLE] < samples.shape[1] and s[BEGAN] + c[NEXT_SAMPLE] * sample_days <= t + step + 1e-9:
        part = (s[BEGAN] + c[NEXT_SAMPLE] * sample_days - t) / step
        samples[i, c[NEXT_SAMPLE]] = before + part * (after - before)
        c[NEXT_SAMPLE] += 1
    while c[PASSED] < len(altitudes) and after <= altitudes[c[PASSED]]:
        part = (before - altitudes[c[PASSED]]) / max(1e-9, before - after)
        crossings[i, c[PASSED]] = t + min(1.0, max(0.0, part)) * step
        c[PASSED] += 1


@compiled
def _pass_low(s: Any, c: Any, i: int, before: float, t: float, altitudes: Any, crossings: Any) -> None:
    """Crossings of the lowest height in a step from ``t``, which began with the lowest height ``before``."""
    while c[PASSED_LOW] < len(altitudes) and s[LOW] <= altitudes[c[PASSED_LOW]]:
        part = (before - altitudes[c[PASSED_LOW]]) / max(1e-9, before - s[LOW])
        crossings[i, c[PASSED_LOW]] = t + min(1.0, max(0.0, part)) * s[STEP]
        c[PASSED_LOW] += 1


@compiled
def _reboost(s: Any, c: Any, w: Any, i: int, policy: int, inputs: Any, schedules: Any, burns: Any) -> None:
    """Burn if the policy wants it now, as far as the propellant goes."""
    wanted = 0.0
    motion = math.sqrt(GM_EARTH_M3_S2 / (s[ALTITUDE] + EARTH_EQUATORIAL_RADIUS_M) ** 3)
    if policy == BAND and s[ALTITUDE] < inputs[i, FLOOR]:
        wanted = 0.5 * motion * (inputs[i, CEILING] - s[ALTITUDE])
    elif policy == SCHEDULED and schedules[c[PLAN], c[NEXT_BURN], 0] <= s[T] + 1e-9:
        wanted = schedules[c[PLAN], c[NEXT_BURN], 1]
        c[NEXT_BURN] += 1
    if wanted == 0.0 or s[LEFT] <= 0.0:
        return
    spent = s[WEIGHT] * (1.0 - math.exp(-abs(wanted) / inputs[i, EXHAUST]))
    if spent >= s[LEFT]:
        spent = s[LEFT]
        wanted = math.copysign(-inputs[i, EXHAUST] * math.log(1.0 - spent / s[WEIGHT]), wanted)
        s[DRY] = s[T]
    s[LEFT] -= spent
    s[WEIGHT] -= spent
    s[USED] += spent
    s[DELTA_V] += abs(wanted)
    if c[BURNS] < burns.shape[1]:
        burns[i, c[BURNS], 0] = s[T]
        burns[i, c[BURNS], 1] = wanted
    c[BURNS] += 1
    s[ALTITUDE] += 2.0 * wanted / motion
    s[LOW] = lowest(s[ALTITUDE], s[E_X], s[E_Y], s[SIN_I], w)
    s[RATE] = 0.0


@compiled
def _length(s: Any, c: Any, policy: int, floor: float, schedules: Any, last_day: float) -> float:
    """How long the next step may be, in days: to the end, to the next burn, and as far as the orbit may sink."""
    limit = last_day - s[T]
    if policy == SCHEDULED:
        limit = min(limit, max(SHORTEST_STEP_DAYS, schedules[c[PLAN], c[NEXT_BURN], 0] - s[T]))
    if s[RATE] >= 0.0:
        return float(min(limit, 1.0))
    if policy == BAND:
        limit = min(limit, max(1.0, (s[ALTITUDE] - floor) / -s[RATE]))
    return float(min(limit, max(SHORTEST_STEP_DAYS, -SINK * s[SCALE] / s[RATE])))


@compiled
def fill(row: int, path: int, first: int, last: int, days: Any, drivers: Any, daily: Any, w: Any, air: Any) -> None:
    """The components of the days ``first`` to ``last - 1`` of a path, written to ``daily[row]``."""
    for d in range(first, last):
        monomials(drivers[path, d, 0], drivers[path, d, 1], drivers[path, d, 2], DAY_TERMS, w)
        components(days[d], w, air)
        o = _U(d * COMPONENTS)
        for r in range(_U16):
            daily[row, o + r] = w[r]


@compiled
def _shares(
    s: Any,
    c: Any,
    w: Any,
    day: int,
    count: int,
    row: int,
    path: int,
    identity: int,
    world: Any,
    stream: Any,
    drivers: Any,
    daily: Any,
    air: Any,
) -> float:
    """The mean components of the next days' density, and each day's share of it; returns the sum of the shares.

    A day's share is by how much its density, averaged over the globe in the middle of the last orbit's heights, differs.
    """
    here = _U(ROWS_AT + int(world[ROWS]) * _PER_ROW + c[ROW] * COMPONENTS)
    part = np.float32(1.0 / count)
    o = _U(day * COMPONENTS)
    for r in range(_U16):
        w[r] = daily[row, o + r]
    for d in range(1, count):
        o = _U((day + d) * COMPONENTS)
        for r in range(_U16):
            w[r] += daily[row, o + r]
    middle = np.float32(0.0)
    for r in range(_U16):
        w[r] *= part
        middle += w[r] * air[here + r]
    total = 0.0
    for d in range(count):
        share = 1.0
        if count > 1:
            there = np.float32(0.0)
            o = _U((day + d) * COMPONENTS)
            for r in range(_U16):
                there += daily[row, o + r] * air[here + r]
            share = math.exp(float(there - middle))
        if world[STORM] > 0.0:
            share *= _scatter(s, c, day + d, day, identity, float(drivers[path, day + d, 3]), world, stream)
        s[SHARES + d] = share
        total += share
    return total


@compiled
def _scatter(s: Any, c: Any, day: int, first: int, identity: int, ap: float, world: Any, stream: Any) -> float:
    """The member's random density factor of a day: the walk is taken forward to it."""
    while c[WALK_DAY] < day:
        following = max(c[WALK_DAY] + 1, first)
        fresh = normal(stream[0], np.uint64(identity), stream[1] + np.uint64(following))
        s[WALK] = fresh if c[WALK_DAY] < 0 else _next_state(s[WALK], fresh, world[PHI])
        c[WALK_DAY] = following
    return float(world[BIAS] * factor(s[WALK], _sigma_of_ap(ap, world[QUIET], world[STORM])))


@compiled
def _around(s: Any, c: Any, w: Any, drag: float, world: Any, air: Any) -> bool:
    """Once around the orbit in the middle of a step; the state gets the rate of sinking and the eccentricity vector after the step.

    False when the orbit leaves the heights of the table.
    """
    step = s[STEP]
    middle = s[ALTITUDE] + 0.5 * step * s[RATE]
    secular(middle, s[COS_I], s)
    angle = s[NODE] + 0.5 * step * s[SECULAR] - world[SOLAR] - world[SOLAR_RATE] * (s[T] + 0.5 * step)
    # the eccentricity vector turns about the frozen one of J3 to J11, half before and half after drag
    ratio = EARTH_EQUATORIAL_RADIUS_M / (middle + EARTH_EQUATORIAL_RADIUS_M)
    square = ratio * ratio
    frozen = ratio * (
        s[ODD] + square * (s[ODD + 1] + square * (s[ODD + 2] + square * (s[ODD + 3] + square * s[ODD + 4])))
    )
    half = 0.5 * step * s[SECULAR + 1]
    cosine, sine = (
        1.0 - half * half * (0.5 - half * half / 24.0),
        half * (1.0 - half * half / 6.0 * (1.0 - half * half / 20.0)),
    )
    x, y = s[E_X], s[E_Y] - frozen
    ex, ey = cosine * x - sine * y, frozen + sine * x + cosine * y
    if not orbit_rates(middle, ex, ey, s[SIN_I], s[COS_I], angle, world, s, w, air):
        return False
    x, y = ex + step * drag * s[RATES + 1], ey + step * drag * s[RATES + 2] - frozen
    s[NEW_EX], s[NEW_EY] = cosine * x - sine * y, frozen + sine * x + cosine * y
    s[RATE], s[SCALE], c[ROW] = s[RATES] * drag, s[RATES + 3], int(s[RATES + 4])
    return True


@compiled
def _begin(s: Any, c: Any, w: Any, i: int, inputs: Any, choices: Any, schedules: Any) -> None:
    """The state at the start."""
    for k in range(COUNTS):
        c[k] = 0
    s[T], s[E_X], s[E_Y] = inputs[i, START], inputs[i, EX], inputs[i, EY]
    s[BEGAN], s[ALTITUDE] = s[T], inputs[i, A] - EARTH_EQUATORIAL_RADIUS_M
    s[NODE], s[ARGUMENT] = inputs[i, RAAN], inputs[i, PHASE]
    s[SIN_I], s[COS_I] = math.sin(inputs[i, INCLINATION]), math.cos(inputs[i, INCLINATION])
    s[WEIGHT], s[LEFT], s[USED], s[DELTA_V], s[DRY] = inputs[i, MASS], inputs[i, PROPELLANT], 0.0, 0.0, np.inf
    s[AREA] = inputs[i, DRAG] * inputs[i, MASS]
    for k in range(5):
        s[ODD + k] = inputs[i, FROZEN + k]
    s[RATE], s[SCALE], s[WALK] = 0.0, 50_000.0, 0.0
    c[STATUS], c[WALK_DAY], c[ROW], c[PLAN] = UP, -1, 150, max(0, choices[i, SCHEDULE])
    if inputs[i, WALKED] < FRESH:
        s[WALK], c[WALK_DAY] = inputs[i, WALKED], int(math.floor(s[T] + 1e-9)) - 1  # noqa: RUF046 - a card gives a float
    while schedules[c[PLAN], c[NEXT_BURN], 0] < s[T]:
        c[NEXT_BURN] += 1
    s[LOW] = lowest(s[ALTITUDE], s[E_X], s[E_Y], s[SIN_I], w)


@compiled
def fly_member(
    i: int, row: int, inputs: Any, choices: Any, days: Any, drivers: Any, world: Any, stream: Any, air: Any, schedules: Any,
    altitudes: Any, outputs: Any, counts: Any, mean_crossings: Any, low_crossings: Any, samples: Any, burns: Any, history: Any,
    daily: Any, filled: Any, s: Any, c: Any, w: Any,
) -> None:  # fmt: skip
    """Fly member ``i`` to the last day or to the floor; all times are days since the first day of the drivers.

    Parameters
    ----------
    inputs, choices : (m, 19) and (m, 4), columns as named above.
    days : (d,) number of each day in its year.
    drivers : (paths, d, 4) F10.7 of the day before, its 81-day mean, activity, mean ap.
    world : (11,) solar angle at day 0 and its rate per day (rad), lowest row (m), number of rows, last day, floor (m), spacing of
        samples (days), and the random density factor: persistence from day to day, standard deviation when quiet and in storms (0: no
        factor), bias.
    stream : (2,) seed, and the first day's number since 2000, 64-bit.
    air : the density expansion, see ROWS_AT.
    schedules : (s, n, 2) day and delta-v of the burns of each schedule, filled with infinity.
    altitudes : (k,) heights to be dated, falling.
    outputs, counts : (m, 10) and (m, 3) written.
    samples : (m, n) mean altitude at multiples of the spacing since each member's start.
    burns : (m, n, 2) day and delta-v; history : (m, n, 4) day, mean altitude, lowest height, eccentricity.
    daily, row, filled : (rows, d * 16) components of the density of each day, the row of this member's path in it, and (1,) up to
        which day it is written; the rest is filled on the way.
    s, c, w : state and scratch of this thread.
    """
    path, policy = choices[i, PATH], choices[i, POLICY]
    n_days, floor, sample_days = drivers.shape[1], world[SINK_TO], world[SAMPLE_DAYS]
    _begin(s, c, w, i, inputs, choices, schedules)
    while True:
        _note(s, c, i, sample_days, samples, history)
        t = s[T]
        if s[LOW] <= floor or t >= world[LAST_DAY] - 1e-9:
            c[STATUS] = DOWN if s[LOW] <= floor else UP
            break
        day = int(math.floor(t + 1e-9))  # noqa: RUF046 - a card gives a float
        if day >= n_days:
            c[STATUS] = WEATHER_ENDED
            break
        if policy != NOBODY:
            _reboost(s, c, w, i, policy, inputs, schedules, burns)
        # A step is some whole days (an odd number: it has a middle), or a part of one; near a height that is to be dated, at most
        # a day.
        limit = _length(s, c, policy, inputs[i, FLOOR], schedules, world[LAST_DAY])
        reach = _reach(s) - BLOCK_DAYS * min(0.0, s[RATE])
        target = max(floor, altitudes[c[PASSED_LOW]] if c[PASSED_LOW] < len(altitudes) else floor)
        near = history.shape[1] > 0 or s[ALTITUDE] - reach < target
        count = 1
        if day + 1.0 - t > 1.0 - 1e-6 and limit >= 3.0 and not near:
            count = (int(min(float(BLOCK_DAYS), limit, float(n_days - day))) - 1) // 2 * 2 + 1
        s[STEP] = min(day + count - t, limit)
        if day + count > filled[0]:
            ahead = min(n_days, day + count + _AHEAD)
            fill(row, path, filled[0], ahead, days, drivers, daily, w, air)
            filled[0] = ahead
        total = _shares(s, c, w, day, count, row, path, choices[i, IDENTITY], world, stream, drivers, daily, air)
        drag = s[AREA] / s[WEIGHT] * total / count * _DAY_S
        inside = _around(s, c, w, drag, world, air)
        if inside and -s[RATE] * s[STEP] > 2.0 * SINK * s[SCALE] and s[STEP] > SHORTEST_STEP_DAYS:
            # a first step or a storm sinks too far: a shorter one, within the first day
            s[STEP] = max(SHORTEST_STEP_DAYS, min(SINK * s[SCALE] / -s[RATE], day + 1.0 - t))
            s[RATE] *= s[SHARES] * count / total
            drag, total, count = s[AREA] / s[WEIGHT] * s[SHARES] * _DAY_S, s[SHARES], 1
            inside = _around(s, c, w, drag, world, air)
        if not inside:
            c[STATUS] = DOWN if s[ALTITUDE] < world[LOWEST] + 30_000.0 else OUT_OF_RANGE
            break
        c[STEPS] += 1
        begin, low_before = s[ALTITUDE], s[LOW]
        for d in range(count):
            since = max(t, float(day + d))
            piece = min(day + d + 1.0, t + s[STEP]) - since
            before = s[ALTITUDE]
            s[ALTITUDE] += piece * s[RATE] * s[SHARES + d] * count / total
            _pass(s, c, i, before, since, piece, sample_days, altitudes, samples, mean_crossings)
        s[E_X], s[E_Y] = s[NEW_EX], s[NEW_EY]
        s[NODE] += s[STEP] * s[SECULAR]
        s[ARGUMENT] = (s[ARGUMENT] + s[STEP] * s[SECULAR + 2]) % _TAU
        s[T] = t + s[STEP] if abs(t + s[STEP] - day - count) > 1e-9 else float(day + count)
        s[LOW] = np.inf
        if near or s[ALTITUDE] - reach < target:
            s[LOW] = lowest(s[ALTITUDE], s[E_X], s[E_Y], s[SIN_I], w)
            _pass_low(
                s,
                c,
                i,
                low_before if low_before < np.inf else s[LOW] + begin - s[ALTITUDE],
                t,
                altitudes,
                low_crossings,
            )
    s[SMA] = s[ALTITUDE] + EARTH_EQUATORIAL_RADIUS_M
    s[NODE] = s[NODE] % _TAU
    for k in range(OUTPUTS):
        outputs[i, k] = s[k]
    for k in range(3):
        counts[i, k] = c[k]


@allocating
def fly_block(
    order: Any, first_day: int, inputs: Any, choices: Any, days: Any, drivers: Any, world: Any, stream: Any, air: Any, schedules: Any,
    altitudes: Any, outputs: Any, counts: Any, mean_crossings: Any, low_crossings: Any, samples: Any, burns: Any, history: Any,
) -> None:  # fmt: skip
    """Fly the members in ``order`` on this thread, best path by path; none starts before ``first_day``; other arguments as for
    :func:`fly_member`."""
    s, c, w = np.zeros(STATE), np.zeros(COUNTS, np.int64), np.zeros(SCRATCH, np.float32)
    daily, filled = np.zeros((1, drivers.shape[1] * COMPONENTS), np.float32), np.zeros(1, np.int64)
    path = -1
    for i in order:
        if choices[i, PATH] != path:
            path, filled[0] = choices[i, PATH], first_day
        fly_member(
            i, 0, inputs, choices, days, drivers, world, stream, air, schedules, altitudes, outputs, counts, mean_crossings,
            low_crossings, samples, burns, history, daily, filled, s, c, w,
        )  # fmt: skip


@allocating
def fill_all(first_day: int, days: Any, drivers: Any, air: Any) -> Any:
    """The components of all days of all paths from ``first_day`` on, (paths, d * 16): for a card, whose members share no scratch."""
    daily, w = np.zeros((drivers.shape[0], drivers.shape[1] * COMPONENTS), np.float32), np.zeros(SCRATCH, np.float32)
    for path in range(drivers.shape[0]):
        fill(path, path, first_day, drivers.shape[1], days, drivers, daily, w, air)
    return daily


@allocating
def daily_drivers(
    f107: Any,
    f107a: Any,
    ap: Any,
    first: int,
    memory: float,
    compress: Any,
    curvature: float,
    high: Any,
    out: Any,
    found: Any,
) -> None:
    """What a day's mean density depends on, from daily fluxes and 3-hourly ap.

    Parameters
    ----------
    f107, f107a : (p, n) sfu. ap : (p, n * 8) whole numbers.
    memory : weight of one 3-hour value in the next (``surrogate``).
    compress : (3201,) activity of constant ap 0, 1/8, 2/8 ... 400.
    curvature : by how much the mean of the density exceeds the density at the mean activity: half the slope of ln(density).
    first : number of the first row that is wanted, 3 or more: the history reaches back so far.
    high : (3,) fluxes and activity above these are cut to them.
    out : (p, n, 4) written from that row on: F10.7 of the day before, its mean, activity, mean ap.
    found : (7,) lowered or raised: lowest and highest of the first three columns, then added: how many values were cut.
    """
    e = memory
    eight = (1.0 - e**8) / (1.0 - e)
    total = 1.0 + e + e**2 + e**3 + e**4 * eight + e**12 * eight
    w0, w1, w2, w3, w4, w5 = (
        1.0 / total,
        e / total,
        e**2 / total,
        e**3 / total,
        e**4 * eight / total,
        e**12 * eight / total,
    )
    for p in range(f107.shape[0]):
        flat = ap[p]
        start = first * 8
        # sums of eight values from 4 and from 12 slots before on, and the last three activities, carried along
        middle, far = 0, 0
        for b in range(8):
            middle += int(flat[start - 5 - b])
            far += int(flat[start - 13 - b])
        c1, c2, c3 = (
            compress[8 * int(flat[start - 1])],
            compress[8 * int(flat[start - 2])],
            compress[8 * int(flat[start - 3])],
        )
        for d in range(first, f107.shape[1]):
            mean, square, day = 0.0, 0.0, 0
            base = _U(d) * _U(8)
            for k in range(_U(8)):
                slot = base + k
                fresh = int(flat[slot - _U(12)])
                middle += int(flat[slot - _U(4)]) - fresh
                far += fresh - int(flat[slot - _U(20)])
                now = int(flat[slot])
                day += now
                c0 = compress[_U(8) * _U(now)]
                value = w0 * c0 + w1 * c1 + w2 * c2 + w3 * c3 + w4 * compress[_U(middle)] + w5 * compress[_U(far)]
                c3, c2, c1 = c2, c1, c0
                mean += 0.125 * value
                square += 0.125 * value * value
            flux, slow = f107[p, d - 1], f107a[p, d]
            activity = mean + curvature * max(0.0, square - mean * mean)
            if flux > high[0]:
                found[6] += 1.0
                flux = high[0]
            if slow > high[1]:
                found[6] += 1.0
                slow = high[1]
            if activity > high[2]:
                found[6] += 1.0
                activity = high[2]
            found[0], found[1] = min(found[0], flux), max(found[1], flux)
            found[2], found[3] = min(found[2], slow), max(found[3], slow)
            found[4], found[5] = min(found[4], activity), max(found[5], activity)
            out[p, d, 0], out[p, d, 1], out[p, d, 2], out[p, d, 3] = flux, slow, activity, 0.125 * day
