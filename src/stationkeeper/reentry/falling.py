"""A body on its way down: its orbit, its drag with the spread of it, and how it flies from which height or date on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, Problem
from stationkeeper.core.ranges import Range
from stationkeeper.environment.atmosphere.msis import DensityModel, check_model
from stationkeeper.flight.mean_elements import MeanOrbit

Floats = NDArray[np.float64]
Attitude = Literal["held", "gravity-gradient", "tumbling", "as fitted"]

CONTROL_LOST_M: Final = Range(220_000.0, 200_000.0, 240_000.0)
"""Where gyroscopes alone no longer hold a large station: about 220 km; the range is assumed."""
UNCHANGED: Final = Range(1.0, 1.0, 1.0)
UNCALIBRATED_SIGMA_LN: Final = 0.2 / 1.6448536269514722
"""Spread of ln(Cd * A / m) where nobody measured it: 90 % within 20 %, as the predictions of the campaigns (pardini-anselmo-iadc)."""
LOWEST_PHASE_M: Final = 155_000.0
_Z95: Final = 1.6448536269514722


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
        if self.below_m is not None and not (self.below_m.low >= LOWEST_PHASE_M and self.below_m.high <= 8e5):
            found = f"{self.below_m.low / 1e3:g} to {self.below_m.high / 1e3:g} km"
            problems.append(Problem("attitude", "below_m", found, f"heights from {LOWEST_PHASE_M / 1e3:g} to 800 km"))
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
    calibrated_days : Cd * A / m is the slope of a straight line fitted to the decay of so many days that end at the start. Then it holds the
        mean error of those days' air, and the air's error of the coming days is drawn relative to that mean (it begins where those days
        leave it); the spread of Cd * A / m is to hold the line's formal error only. None: fitted elsewhere, or to a long past.
    """

    start: MeanOrbit
    mass_kg: float
    cdam_m2_kg: Range | tuple[float, float]
    attitude: tuple[AttitudePhase, ...] = (AS_FITTED,)
    known_on: Epoch | None = None
    density_model: DensityModel = "nrlmsise00"
    name: str = "body"
    calibrated_days: float | None = None

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
        if self.calibrated_days is not None and not 0.1 <= self.calibrated_days <= 366.0:
            raise InputError.one("falling body", "calibrated_days", self.calibrated_days, "0.1 to 366 days, or none")

    @property
    def best_cdam_m2_kg(self) -> float:
        """The best value."""
        return self.cdam_m2_kg.best if isinstance(self.cdam_m2_kg, Range) else self.cdam_m2_kg[0]

    def cdam_at(self, z: Floats) -> Floats:
        """Cd * A / m at ``z`` standard deviations."""
        c = self.cdam_m2_kg
        if not isinstance(c, Range):
            return np.asarray(c[0] * np.exp(z * c[1]))
        return split_normal(c, z)


def split_normal(r: Range, z: Floats) -> Floats:
    """Value at ``z`` standard deviations: the logarithm normal on either side of the best, its 5 and 95 % at the ends."""
    down, up = math.log(r.best / r.low) / _Z95, math.log(r.high / r.best) / _Z95
    return np.asarray(r.best * np.exp(z * np.where(z > 0.0, up, down)))
