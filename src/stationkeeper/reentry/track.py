"""The ground track of a forecast: places under the median member around its entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Orbit
from stationkeeper.reentry.forecast import EntryForecast
from stationkeeper.reentry.last_path import places

Floats = NDArray[np.float64]
TRACK_REVOLUTIONS: Final = 3.0
_REVOLUTION_S: Final = 5_250.0


@dataclass(frozen=True, eq=False)
class Track:
    """Places under the orbit: n times, geodetic latitudes and longitudes (rad), and what they are."""

    epochs: tuple[Epoch, ...]
    latitude_rad: Floats
    longitude_rad: Floats
    basis: str

    @property
    def start(self) -> Epoch:
        """First."""
        return self.epochs[0]

    @property
    def end(self) -> Epoch:
        """Last."""
        return self.epochs[-1]


def track(forecast: EntryForecast, share: float = 0.9, step_s: float = 60.0) -> Track:
    """Places under the median member over the window of a share, or over three revolutions on either side where that is longer than a day.

    Before its entry the numerical path where there is one, else (and after its entry) a circular orbit through its state at entry, whose plane
    J2 turns: as if it flew on. Error: the plane to a degree of longitude; along the track minutes, growing away from the
    median (a body at 200 km takes 1.6 minutes longer for a revolution than one at 120 km).
    """
    row = forecast.median_row
    entry = Epoch(int(forecast.entry_tai_us[row]))
    r, v = forecast.position_gcrf_m[row], forecast.velocity_gcrf_m_s[row]
    flown = forecast.median_path
    if flown is not None:
        entry, r, v = flown.end, flown.position_gcrf_m[-1], flown.velocity_gcrf_m_s[-1]
    low, high = forecast.quantile_or_none(0.5 - 0.5 * share), forecast.quantile_or_none(0.5 + 0.5 * share)
    basis = f"ground track over the {100 * share:g} % window, as if the median member flew on"
    if low is None or high is None or high - low > 86_400.0:
        low, high = (entry.plus_s(s * TRACK_REVOLUTIONS * _REVOLUTION_S) for s in (-1.0, 1.0))
        basis = (
            f"ground track of the median member, {TRACK_REVOLUTIONS:g} revolutions on either side: the {100 * share:g} % window is longer than a "
            "day, so every place between these latitudes is possible"
        )
    low, high = min(low, entry), max(high, entry)
    times = np.arange(low.tai_us, high.tai_us, round(step_s * 1e6), dtype=np.int64)
    orbit = Orbit.of_state(entry, r, v, float(np.linalg.norm(r)), "the median member at entry")
    position = orbit.states_gcrf(times)[0]
    if flown is not None:
        known = (times >= flown.times_tai_us[0]) & (times <= flown.times_tai_us[-1])
        if known.any():
            position[known] = flown.interpolate(times[known])[0]
    latitude, longitude = places(times, position)
    return Track(tuple(Epoch(int(t)) for t in times), latitude, longitude, basis)
