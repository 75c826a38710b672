"""What a forecast of an entry gives: times of the members, windows, and the states in which they enter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_FLATTENING
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.time_arrays import TimesUs
from stationkeeper.flight.trajectory import Trajectory

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ENTRY_M: Final = 120_000.0
YARDSTICK_PART: Final = 0.20
YARDSTICK_PART_AT_LAST: Final = 0.25
"""In the last two days: 90 % of the predictions of the campaigns lie within 20 % of the remaining time, then within 25 % (pardini-anselmo-iadc)."""
LAST_DAYS: Final = 2.0


def yardstick_part(remaining_days: float) -> float:
    """The part of the remaining time within which nine predictions in ten of the campaigns lay."""
    return YARDSTICK_PART_AT_LAST if remaining_days <= LAST_DAYS else YARDSTICK_PART


@dataclass(frozen=True, eq=False)
class EntryForecast:
    """What came out; arrays have one row for each member that came down, ``member`` names it.

    Parameters
    ----------
    name, inclination_rad : of the body.
    start : when the flight begins.
    member : (n,) index among all members.
    entry_tai_us : (n,) when it passes 120 km.
    latitude_rad, longitude_rad : (n,) geodetic, there.
    speed_m_s, flight_path_angle_rad, azimuth_rad : (n,) of the inertial velocity; the angle to the geodetic horizon is negative on the
        way down, the azimuth counts clockwise from north.
    position_gcrf_m, velocity_gcrf_m_s : (n, 3) there.
    not_down : members that were still up at ``until``.
    until : end of the flight.
    heights_m, height_tai_us : (k,) and (all, k): when each of all members first is at or below other heights over a revolution; -1 never.
    cdam_m2_kg : (all,) what each flew with.
    drawn_cdam_m2_kg : (all,) what each drew, before its own air of the days of the calibration was taken out of it.
    median_path : the median member from 200 km, by the numerical engine; None where it could not.
    notes : what a reader must know.
    settings : for a report.
    """

    name: str
    inclination_rad: float
    start: Epoch
    member: Ints
    entry_tai_us: TimesUs
    latitude_rad: Floats
    longitude_rad: Floats
    speed_m_s: Floats
    flight_path_angle_rad: Floats
    azimuth_rad: Floats
    position_gcrf_m: Floats
    velocity_gcrf_m_s: Floats
    not_down: int
    until: Epoch
    heights_m: Floats
    height_tai_us: TimesUs
    cdam_m2_kg: Floats
    median_path: Trajectory | None = None
    notes: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    drawn_cdam_m2_kg: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def members(self) -> int:
        """All members, down or not."""
        return len(self.entry_tai_us) + self.not_down

    @property
    def states(self) -> tuple[Floats, Floats]:
        """Positions (m) and velocities (m/s) at entry, GCRF, (n, 3) each."""
        return self.position_gcrf_m, self.velocity_gcrf_m_s

    @cached_property
    def _sorted(self) -> TimesUs:
        return np.sort(self.entry_tai_us)

    def quantile_or_none(self, p: float) -> Epoch | None:
        """As :meth:`quantile`; None where that member is still up."""
        return _quantile(self._sorted, self.members, p)

    def quantile(self, p: float) -> Epoch:
        """The time by which a share ``p`` of all members has entered. Raises ``OutOfRangeError`` where fewer have."""
        found = self.quantile_or_none(p)
        if found is None:
            raise OutOfRangeError(
                f"the time at which {100 * p:g} % have come down is asked for, but {self.not_down} of {self.members} members are still up on {self.until.date}"
            )
        return found

    def window(self, share: float) -> tuple[Epoch, Epoch]:
        """The central window that holds a share of the members. Raises as :meth:`quantile`."""
        return self.quantile(0.5 - 0.5 * share), self.quantile(0.5 + 0.5 * share)

    def yardstick(self) -> tuple[Epoch, Epoch]:
        """20 % of the remaining time (25 % in the last two days) on either side of the median: what agencies quote."""
        median = self.quantile(0.5)
        part_s = yardstick_part(median.days_since(self.start)) * (median - self.start)
        return median.plus_s(-part_s), median.plus_s(part_s)

    def height_quantile(self, height_m: float, p: float) -> Epoch | None:
        """The time by which a share of all members is at or below one of ``heights_m``; None where fewer are. Raises ``InputError``."""
        if height_m == ENTRY_M:
            return self.quantile_or_none(p)
        column = np.flatnonzero(self.heights_m == height_m)
        if not len(column):
            dated = ", ".join(f"{h / 1e3:g}" for h in self.heights_m)
            raise InputError.one("entry", "height_m", f"{height_m / 1e3:g} km", f"one of the dated heights: {dated} km")
        t = self.height_tai_us[:, column[0]]
        return _quantile(np.sort(t[t != -1]), self.members, p)

    @property
    def latitude_band_deg(self) -> tuple[float, float]:
        """Geodetic latitudes under the orbit, south and north."""
        i = min(self.inclination_rad, math.pi - self.inclination_rad)
        most = (
            math.degrees(math.atan(math.tan(i) / (1.0 - EARTH_FLATTENING) ** 2)) if i < 0.5 * math.pi - 1e-9 else 90.0
        )
        return -most, most

    @property
    def median_row(self) -> int:
        """The row of the member nearest to the median of all."""
        order = np.argsort(self.entry_tai_us, kind="stable")
        if not len(order):
            raise OutOfRangeError(f"no member has come down by {self.until.date}")
        return int(order[min(len(order) - 1, (self.members - 1) // 2)])


def _quantile(ordered: TimesUs, count: int, p: float) -> Epoch | None:
    """The p-quantile of ``count`` times of which only the first are known, linear between members."""
    if not 0.0 <= p <= 1.0:
        raise InputError.one("quantile", "p", p, "0 to 1")
    place = p * (count - 1)
    k = math.floor(place)
    if count == 0 or math.ceil(place) >= len(ordered):
        return None
    after = ordered[min(k + 1, len(ordered) - 1)]
    return Epoch(int(ordered[k] + round((place - k) * float(after - ordered[k]))))
