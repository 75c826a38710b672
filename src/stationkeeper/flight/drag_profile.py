"""Drag that changes in time: another attitude, tumbling, or air denser or thinner than its model from day to day."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, Problem
from stationkeeper.core.time_arrays import Times, TimesUs, tai_us

Floats = NDArray[np.float64]
_DAY_S = 86_400.0


@dataclass(frozen=True, eq=False)
class DragProfile:
    """A factor on density_scale * Cd * A / m, constant between steps; 1 before the first.

    Parameters
    ----------
    times_tai_us : (n,) TAI microseconds at which the factor changes, strictly rising.
    factor : (n,) the factor from each time on; finite, 0 or above.
    why : a word for each step, or none.
    """

    times_tai_us: TimesUs
    factor: Floats
    why: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        times = np.array(tai_us(self.times_tai_us))
        factor = np.array(np.atleast_1d(self.factor), dtype=np.float64)
        problems = []
        if times.shape != factor.shape or (self.why and len(self.why) != len(times)):
            found = f"{len(times)} times, {len(factor)} factors, {len(self.why)} reasons"
            problems.append(Problem("drag profile", "", found, "as many factors as times, and as many reasons or none"))
        if (np.diff(times) <= 0).any():
            problems.append(Problem("drag profile", "times", "times that do not rise", "strictly rising times"))
        if not (np.isfinite(factor) & (factor >= 0.0)).all():
            problems.append(Problem("drag profile", "factor", str(factor.tolist()), "finite numbers, 0 or above"))
        if problems:
            raise InputError(problems)
        times.setflags(write=False)
        factor.setflags(write=False)
        object.__setattr__(self, "times_tai_us", times)
        object.__setattr__(self, "factor", factor)

    @classmethod
    def steps(cls, times: Times, factor: ArrayLike, why: tuple[str, ...] = ()) -> DragProfile:
        """From epochs and factors."""
        return cls(tai_us(times), np.asarray(factor, dtype=np.float64), why)

    @classmethod
    def daily(
        cls, start: Epoch, days: int, sigma: float, correlation_days: float, generator: np.random.Generator
    ) -> DragProfile:
        """A random factor for each day of 86,400 s from ``start``: the exponential of a first-order Gauss-Markov process.

        Model: x[k+1] = p x[k] + sqrt(1 - p^2) s g[k], p = exp(-1 day / correlation), factor = exp(x - s^2 / 2), with s^2 =
        log(1 + sigma^2), so that the factor has mean 1 and standard deviation ``sigma``. Neglected: that the error of a
        density model grows with solar activity and in storms.

        Parameters
        ----------
        days : number of days, 1 or more.
        sigma : standard deviation of the factor, 0 or above, such as 0.15.
        correlation_days : time over which an error of the air lasts, above 0.
        generator : the caller's stream of random numbers.
        """
        if days < 1 or not (math.isfinite(sigma) and sigma >= 0.0) or not correlation_days > 0.0:
            found = f"days {days}, sigma {sigma}, correlation_days {correlation_days}"
            raise InputError.one("drag profile", "daily", found, "1 day or more, sigma 0 or above, correlation above 0")
        spread = math.sqrt(math.log1p(sigma * sigma))
        keep = math.exp(-1.0 / correlation_days)
        noise = generator.standard_normal(days)
        x = np.empty(days)
        x[0] = spread * noise[0]
        for k in range(1, days):
            x[k] = keep * x[k - 1] + math.sqrt(1.0 - keep * keep) * spread * noise[k]
        times = start.tai_us + np.arange(days, dtype=np.int64) * round(_DAY_S * 1e6)
        return cls(times, np.exp(x - 0.5 * spread * spread))

    def factor_at(self, time_tai_us: int) -> float:
        """The factor at an instant; at a step the one after it."""
        k = int(np.searchsorted(self.times_tai_us, time_tai_us, side="right")) - 1
        return float(self.factor[k]) if k >= 0 else 1.0

    def factor_before(self, time_tai_us: int) -> float:
        """The factor just before an instant (for a flight backwards)."""
        k = int(np.searchsorted(self.times_tai_us, time_tai_us, side="left")) - 1
        return float(self.factor[k]) if k >= 0 else 1.0

    def next_step(self, now_tai_us: int, end_tai_us: int) -> int:
        """The first step strictly between now and an end (in either direction), or the end."""
        t = self.times_tai_us
        if end_tai_us >= now_tai_us:
            between = t[(t > now_tai_us) & (t < end_tai_us)]
            return int(between[0]) if len(between) else end_tai_us
        between = t[(t < now_tai_us) & (t > end_tai_us)]
        return int(between[-1]) if len(between) else end_tai_us
