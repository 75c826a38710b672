"""What happens along a flown path: heights crossed, shadow, nodes, apsides, a target altitude reached.

An event is a question with a yes-or-no answer at each instant (is it above this height? is it lit?); it happens when the
answer changes. The path is asked every ``step_s``, and each change is then narrowed by halving to a millisecond on the
interpolated path. What begins and ends between two questions is not seen: at the default step of 20 s that is a
shadow or a dip shorter than 20 s.

Errors: those of the path and of its interpolation (see :meth:`Trajectory.interpolate`); the Sun and the shadow as in
:mod:`stationkeeper.environment.sun` (no refraction: true sunset comes some seconds later).
Validation status: checked against closed forms (tests/flight/test_events.py).

References
----------
Montenbruck and Gill, Satellite Orbits (2000), section 3.4.2, for the shadow. Source key: montenbruck-gill-2000.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_FLATTENING, GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import gcrf_to_itrf, geodetic
from stationkeeper.core.time_arrays import TimesUs
from stationkeeper.environment.sun import sunlit_fraction
from stationkeeper.flight.state import mean_semi_major_axis_m
from stationkeeper.flight.trajectory import Trajectory

Floats = NDArray[np.float64]
Answers = NDArray[np.bool_]
Direction = Literal[-1, 0, 1]
_RESOLUTION_US = 1_000


class Event(Protocol):
    """A yes-or-no question to a state, and which change of its answer counts."""

    @property
    def direction(self) -> Direction:
        """+1: it happens when the answer becomes yes; -1: when it becomes no; 0: both."""

    @property
    def names(self) -> tuple[str, str]:
        """What it is called when the answer becomes yes, and when it becomes no."""

    def holds(self, times: TimesUs, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats) -> Answers:
        """The answers for n states, shapes (n,), (n, 3), (n, 3)."""


def _check_direction(where: str, direction: int) -> None:
    if direction not in (-1, 0, 1):
        raise InputError.one(where, "direction", direction, "+1 (rising), -1 (falling) or 0 (both)")


def _check_height(where: str, key: str, value: float) -> None:
    if not math.isfinite(value):
        raise InputError.one(where, key, value, "a finite number of metres")


@dataclass(frozen=True, slots=True)
class AltitudeCrossing:
    """The geodetic height above WGS 84 crosses ``height_m``."""

    height_m: float
    direction: Direction = 0

    def __post_init__(self) -> None:
        _check_height("AltitudeCrossing", "height_m", self.height_m)
        _check_direction("AltitudeCrossing", self.direction)

    @property
    def names(self) -> tuple[str, str]:
        """Rising, falling."""
        return f"rises above {self.height_m / 1e3:g} km", f"falls below {self.height_m / 1e3:g} km"

    def holds(self, times: TimesUs, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats) -> Answers:  # noqa: ARG002
        """Whether it is at or above the height."""
        return np.asarray(geodetic(gcrf_to_itrf(times, position_gcrf_m)).height_m >= self.height_m)


@dataclass(frozen=True, slots=True)
class MeanAltitudeReached:
    """The mean semi-major axis less 6,378,137 m passes ``altitude_m``.

    The mean is that of :func:`stationkeeper.flight.state.mean_semi_major_axis_m`, whose single values scatter by
    0.1 km rms: in a coast the first crossing comes early by what the orbit loses or gains in that scatter.
    """

    altitude_m: float
    direction: Direction = 0

    def __post_init__(self) -> None:
        _check_height("MeanAltitudeReached", "altitude_m", self.altitude_m)
        _check_direction("MeanAltitudeReached", self.direction)

    @property
    def names(self) -> tuple[str, str]:
        """Rising, falling."""
        what = f"mean altitude of {self.altitude_m / 1e3:g} km"
        return f"{what} reached from below", f"{what} reached from above"

    def holds(self, times: TimesUs, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats) -> Answers:  # noqa: ARG002
        """Whether the mean altitude is at or above it."""
        a = mean_semi_major_axis_m(position_gcrf_m, velocity_gcrf_m_s)
        return np.asarray(a - EARTH_EQUATORIAL_RADIUS_M >= self.altitude_m)


@dataclass(frozen=True, slots=True)
class OsculatingAltitudeReached:
    """The osculating (Kepler) semi-major axis less 6,378,137 m passes ``altitude_m``."""

    altitude_m: float
    direction: Direction = 0

    def __post_init__(self) -> None:
        _check_height("OsculatingAltitudeReached", "altitude_m", self.altitude_m)
        _check_direction("OsculatingAltitudeReached", self.direction)

    @property
    def names(self) -> tuple[str, str]:
        """Rising, falling."""
        what = f"osculating altitude of {self.altitude_m / 1e3:g} km"
        return f"{what} reached from below", f"{what} reached from above"

    def holds(self, times: TimesUs, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats) -> Answers:  # noqa: ARG002
        """Whether the osculating altitude is at or above it."""
        r = np.linalg.norm(position_gcrf_m, axis=1)
        v2 = np.einsum("ni,ni->n", velocity_gcrf_m_s, velocity_gcrf_m_s)
        return np.asarray(1.0 / (2.0 / r - v2 / GM_EARTH_M3_S2) - EARTH_EQUATORIAL_RADIUS_M >= self.altitude_m)


@dataclass(frozen=True, slots=True)
class Shadow:
    """It enters (+1) or leaves (-1) the Earth's penumbra, or the umbra; ``flattening`` 0 for that of a round Earth."""

    part: Literal["umbra", "penumbra"] = "umbra"
    direction: Direction = 0
    flattening: float = EARTH_FLATTENING

    def __post_init__(self) -> None:
        if self.part not in ("umbra", "penumbra"):
            raise InputError.one("Shadow", "part", self.part, "umbra or penumbra")
        _check_direction("Shadow", self.direction)

    @property
    def names(self) -> tuple[str, str]:
        """Into it, out of it."""
        return f"enters {self.part}", f"leaves {self.part}"

    def holds(self, times: TimesUs, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats) -> Answers:  # noqa: ARG002
        """Whether it is inside (the penumbra taken as all that is not in full light)."""
        lit = sunlit_fraction(times, position_gcrf_m, self.flattening)
        return np.asarray(lit <= 0.0 if self.part == "umbra" else lit < 1.0)


@dataclass(frozen=True, slots=True)
class NodeCrossing:
    """It crosses the equator of the Earth (ITRF): northward (+1, ascending node) or southward (-1)."""

    direction: Direction = 0
    names: ClassVar[tuple[str, str]] = ("ascending node", "descending node")

    def __post_init__(self) -> None:
        _check_direction("NodeCrossing", self.direction)

    def holds(self, times: TimesUs, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats) -> Answers:  # noqa: ARG002
        """Whether it is north of the equator."""
        return np.asarray(gcrf_to_itrf(times, position_gcrf_m)[:, 2] >= 0.0)


@dataclass(frozen=True, slots=True)
class Apsis:
    """It passes its nearest (+1, perigee) or farthest (-1, apogee) point from the Earth's centre.

    On a nearly circular orbit the field of the Earth makes two of each in a revolution.
    """

    direction: Direction = 0
    names: ClassVar[tuple[str, str]] = ("perigee", "apogee")

    def __post_init__(self) -> None:
        _check_direction("Apsis", self.direction)

    def holds(self, times: TimesUs, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats) -> Answers:  # noqa: ARG002
        """Whether it moves away from the Earth."""
        return np.asarray(np.einsum("ni,ni->n", position_gcrf_m, velocity_gcrf_m_s) >= 0.0)


@dataclass(frozen=True, slots=True)
class Found:
    """An event that happened: what, when (to a millisecond, on the interpolated path), and whose question it was."""

    name: str
    epoch: Epoch
    event: Event


def find_events(trajectory: Trajectory, events: Sequence[Event], step_s: float = 20.0) -> tuple[Found, ...]:
    """All events on a trajectory, in order of time.

    Parameters
    ----------
    step_s : how often the path is asked, 0.01 s or more.
    """
    if not (math.isfinite(step_s) and step_s >= 0.01):
        raise InputError.one("events", "step_s", step_s, "0.01 s or more")
    if not events:
        return ()
    first, last = trajectory.start.tai_us, trajectory.end.tai_us
    grid = np.append(np.arange(first, last, round(step_s * 1e6), dtype=np.int64), last)
    found: list[Found] = []
    chunk = 100_000  # bounds the memory on paths of months
    for a in range(0, len(grid) - 1, chunk):
        times = grid[a : a + chunk + 1]
        position, velocity = trajectory.interpolate(times)
        for event in events:
            found += changes(trajectory.interpolate, event, times, event.holds(times, position, velocity))
    return tuple(sorted(found, key=lambda f: f.epoch.tai_us))


def changes(
    states: Callable[[TimesUs], tuple[Floats, Floats]], event: Event, times: TimesUs, answers: Answers
) -> list[Found]:
    """Where the answer changes in the wanted direction, each narrowed by halving, all of them at once.

    Parameters
    ----------
    states : positions and velocities (GCRF, m and m/s, (n, 3)) at n instants between the first and last of ``times``.
    times, answers : when the event was asked, in rising order, and its answers, (n,).
    """
    k = np.flatnonzero(answers[1:] != answers[:-1])
    if event.direction:
        k = k[answers[k + 1] == (event.direction > 0)]
    if len(k) == 0:
        return []
    a, b, after = times[k], times[k + 1], answers[k + 1]
    while int((b - a).max()) > _RESOLUTION_US:
        middle = (a + b) // 2
        same = event.holds(middle, *states(middle)) == after
        a, b = np.where(same, a, middle), np.where(same, middle, b)
    return [Found(event.names[0 if yes else 1], Epoch(int(t)), event) for t, yes in zip(b, after, strict=True)]
