"""Best linear prediction of the drag factor of the coming days from all that was known before a flight's start.

The loss of mean semi-major axis between daily levels of element sets is ``k G`` (G the drag integral) plus thrusters. With
K a reference factor, ``k(t) / K = b + slow(t) + fast(t)``: the fast part is the air against its model, the slow part the
station's attitude and shape and the air over months, and the thrusters move the axis at random. The prediction is the linear
combination of the losses (and of a leg between two states, and of the header) with the least variance, for the mean of k over
the flight, weighted by what it moves along the track. The level b is not given: generalised least squares finds it in the earlier data.
The constants below come from data outside the pairs (``covariance.py`` writes them out again).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.time_arrays import DAY_US
from stationkeeper.flight.calibration.elements import ElementsFit

Floats = NDArray[np.float64]

REFERENCE_M2_KG = 0.006
FAST, FAST_DAYS = 0.21, 1.6
SLOW, SLOW_DAYS = 0.29, 47.0
THRUSTERS_M2_DAY = 66.0
LEVEL_NOISE_M = 0.2
HEADER_SIGMA = 0.30
LARGEST_RESIDUAL_M = 300.0
SETTLE_DAYS, BEFORE_BURN_DAYS = 0.7, 0.3
SHORTEST_STEP_DAYS, LONGEST_STEP_DAYS = 0.4, 5.5
OUTLIER = 5.0
_NEIGHBOURS = 4
_TO_A_NORMAL = 1.4826
_PARTS = 24


@dataclass(frozen=True)
class Datum:
    """One observation of k: mean over a span, and the variance of its own error, both relative to the reference.

    ``level_variance`` is the part of the variance that one level brings: the next step of the same span has it with the
    other sign.
    """

    start_day: float
    end_day: float
    value: float
    variance: float
    level_variance: float = 0.0
    gain_m: float = 0.0


def step_datum(start_day: float, end_day: float, loss_m: float, integral_m: float) -> Datum:
    """From a loss of mean semi-major axis; ``integral_m`` is that of a body of 1 m2/kg."""
    gain = REFERENCE_M2_KG * integral_m
    level = (LEVEL_NOISE_M / gain) ** 2
    noise = 2.0 * level + THRUSTERS_M2_DAY * (end_day - start_day) / gain**2
    return Datum(start_day, end_day, loss_m / gain, noise, level, gain)


def daily_steps(fit: ElementsFit) -> list[Datum]:
    """Losses between the levels of one day and the next, not across a burn; steps far off their neighbours are left out."""
    t = np.array([s.epoch.tai_us for s in fit.sets]) / DAY_US
    g, a = fit.integral.at([s.epoch for s in fit.sets]), fit.mean_semi_major_axis_m
    good = np.abs(np.nan_to_num(fit.residual_m)) < LARGEST_RESIDUAL_M
    burns = sorted(b.start.tai_us / DAY_US for b in fit.burns)
    steps: list[Datum] = []
    for low, high in pairwise([t[0] - 1.0, *burns, t[-1] + 1.0]):
        low = low + SETTLE_DAYS if low in burns else low
        rows = np.flatnonzero((t > low) & (t < high - BEFORE_BURN_DAYS) & good)
        levels: list[tuple[float, float, float]] = []
        cell = np.floor(t[rows] - low).astype(int)
        for c in np.unique(cell):
            j = rows[cell == c]
            middle = float(t[j].mean())
            at = float(np.interp(middle, t, g))
            levels.append((middle, float(np.median(a[j] + fit.overall.cdam_m2_kg * (g[j] - at))), at))
        steps += [
            step_datum(p[0], q[0], p[1] - q[1], q[2] - p[2])
            for p, q in pairwise(levels)
            if SHORTEST_STEP_DAYS < q[0] - p[0] < LONGEST_STEP_DAYS
        ]
    if not steps:
        return []
    z = np.array([s.value for s in steps])
    near = np.array([np.median(z[max(0, i - _NEIGHBOURS) : i + _NEIGHBOURS + 1]) for i in range(len(z))])
    off = np.abs(z - near)
    limit = OUTLIER * _TO_A_NORMAL * float(np.median(off))
    return [s for s, o in zip(steps, off, strict=True) if o <= limit]


def header_datum(cdam_m2_kg: float, end: Epoch, days: float) -> Datum:
    """NASA's own factor, moved to our feed, as the mean of the days before."""
    at = end.tai_us / DAY_US
    return Datum(at - days, at, cdam_m2_kg / REFERENCE_M2_KG, HEADER_SIGMA**2)


def covariance(a: Floats, b: Floats) -> Floats:
    """Of k / K at days a and b, (n, m)."""
    apart = np.abs(a[:, None] - b[None, :])
    return FAST**2 * np.exp(-apart / FAST_DAYS) + SLOW**2 * np.exp(-apart / SLOW_DAYS)


def predict(data: Sequence[Datum], start: Epoch, days: float) -> tuple[float, float]:
    """Cd*A/m for a flight of some days, and its standard deviation, m2/kg.

    Weights along the flight: 2 (T - t) / T^2, what a drag at t moves along the track at T.
    """
    begin, width = np.array([d.start_day for d in data]), np.array([d.end_day - d.start_day for d in data])
    # each datum as the mean of four points in its span: the fast part changes within a long one
    points = (begin[:, None] + width[:, None] * (np.arange(4) + 0.5) / 4.0).ravel()
    mean = np.kron(np.eye(len(data)), np.full((1, 4), 0.25))
    inside = mean @ covariance(points, points) @ mean.T + np.diag([d.variance for d in data])
    for i, (p, q) in enumerate(pairwise(data)):
        if p.end_day == q.start_day and p.gain_m and q.gain_m:
            inside[i, i + 1] -= LEVEL_NOISE_M**2 / (p.gain_m * q.gain_m)
            inside[i + 1, i] = inside[i, i + 1]
    part = (np.arange(_PARTS) + 0.5) / _PARTS
    ahead, weight = start.tai_us / DAY_US + days * part, 2.0 * (1.0 - part) / _PARTS
    to_goal = mean @ covariance(points, ahead) @ weight
    z, one = np.array([d.value for d in data]), np.ones(len(data))
    solved = np.linalg.solve(inside, np.stack([z, one, to_goal], axis=1))
    precision = float(one @ solved[:, 1])
    level = float(one @ solved[:, 0]) / precision
    value = level + float(to_goal @ (solved[:, 0] - level * solved[:, 1]))
    own = float(weight @ covariance(ahead, ahead) @ weight) - float(to_goal @ solved[:, 2])
    variance = own + (1.0 - float(one @ solved[:, 2])) ** 2 / precision
    return REFERENCE_M2_KG * value, REFERENCE_M2_KG * float(np.sqrt(variance))
