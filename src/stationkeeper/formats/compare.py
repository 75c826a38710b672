"""Two ephemerides against each other: radial, along-track and cross-track differences over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.frames import rtn_basis
from stationkeeper.core.time_arrays import TimesUs
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.formats.oem import OemEphemeris

Floats = NDArray[np.float64]


class Difference(NamedTuple):
    """The difference at one instant, metres."""

    radial_m: float
    along_track_m: float
    cross_track_m: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """Second ephemeris minus first, in the first one's radial / along-track / cross-track frame; arrays of shape (n,).

    Far apart (beyond about 100 km along the track) the straight difference bends away from the orbit: the radial
    component then holds ``along_track**2 / (2 radius)`` of pure curvature.
    """

    start: Epoch
    times_tai_us: TimesUs
    elapsed_s: Floats
    radial_m: Floats
    along_track_m: Floats
    cross_track_m: Floats

    def at_day(self, day: float) -> Difference:
        """The difference at the sample nearest to ``day`` days after the start. Raises ``OutOfRangeError`` outside."""
        if not 0.0 <= day * 86_400.0 <= self.elapsed_s[-1] + 1.0:
            raise OutOfRangeError(
                f"day {day:g} is asked for; the common span is {self.elapsed_s[-1] / 86_400.0:.3f} days"
            )
        k = int(np.argmin(np.abs(self.elapsed_s - day * 86_400.0)))
        return Difference(float(self.radial_m[k]), float(self.along_track_m[k]), float(self.cross_track_m[k]))

    def table(self, days: Sequence[float]) -> tuple[tuple[float, Difference], ...]:
        """Day and difference for those of the given days that lie in the common span."""
        last = (self.elapsed_s[-1] + 1.0) / 86_400.0
        return tuple((d, self.at_day(d)) for d in days if d <= last)

    @property
    def end(self) -> Epoch:
        """End of the common span."""
        return Epoch(int(self.times_tai_us[-1]))

    @property
    def largest_m(self) -> tuple[float, float, float]:
        """Largest absolute radial, along-track and cross-track difference."""
        return (
            float(np.abs(self.radial_m).max()),
            float(np.abs(self.along_track_m).max()),
            float(np.abs(self.cross_track_m).max()),
        )


def compare(a: Trajectory | OemEphemeris, b: Trajectory | OemEphemeris, *, step_s: float = 600.0) -> Comparison:
    """Compare two ephemerides on their common span.

    Parameters
    ----------
    a : the reference; its own frame is used for the components.
    b : the other one.
    step_s : seconds between the compared instants, 1 or more; both are interpolated there (error below 0.01 m).

    Raises
    ------
    InputError
        When the spans do not overlap, or the step is out of range.
    """
    first = a.trajectory() if isinstance(a, OemEphemeris) else a
    second = b.trajectory() if isinstance(b, OemEphemeris) else b
    start, end = max(first.start, second.start), min(first.end, second.end)
    if end <= start:
        raise InputError.one(
            "compare",
            "span",
            f"{first.start} to {first.end} and {second.start} to {second.end}",
            "two spans that overlap",
        )
    if not step_s >= 1.0:
        raise InputError.one("compare", "step_s", step_s, "1 s or more")
    times = np.arange(start.tai_us, end.tai_us + 1, round(step_s * 1e6), dtype=np.int64)
    if times[-1] != end.tai_us:
        times = np.append(times, end.tai_us)
    position_a, velocity_a = first.interpolate(times)
    position_b, _ = second.interpolate(times)
    components = np.einsum("nij,nj->ni", rtn_basis(position_a, velocity_a), position_b - position_a)
    return Comparison(start, times, (times - start.tai_us) / 1e6, components[:, 0], components[:, 1], components[:, 2])
