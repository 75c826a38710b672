"""Where the pieces of a break-up come down: length and width of the footprint, with winds as dispersion.

Model: the landing places of :class:`breakup.Survivors`, of which each member flew with its own heights of separation, air,
heating and wind (one mean wind below 30 km, both components normal about zero). Two footprints are told apart: of one event
(within a member: pieces of one entry), and of all members (what must be kept clear beforehand, the entry itself being given).
The long axis follows the curved ground track: a cubic through the places, in a frame at their middle; along it the
distance, across it the rest.

Neglected: pieces that float on the wind for long, winds that change with height, pushes from tanks that burst, errors of the
burn unless the entry's arrays hold them. Validation status: checked (tests/reentry/test_footprint.py); the ISS's controlled
entry against 300 x 5,370 km (National Academies record 9794): shorter and several times narrower (validation/planned_deorbits).
A share of 1 is the farthest place of a sample and grows with its size; a share below it settles.

References
----------
National Research Council, End-of-life disposal of the ISS (record 9794): source key R160. Aerospace Corporation 2012: R159.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.errors import InputError
from stationkeeper.reentry.ballistic import Floats
from stationkeeper.reentry.breakup import Survivors


@dataclass(frozen=True)
class Footprint:
    """Size and place of a footprint.

    Parameters
    ----------
    share : part of the landing pieces inside, between equal tails along, and symmetric across.
    length_m, width_m : over all members.
    event_length_m : (n,) of each member alone, all of its pieces; nan for a member of which fewer than two land.
    heel_m, toe_m : ends of the footprint along the track from the entry at 120 km: the near one and the far one.
    centre_latitude_rad, centre_longitude_rad : middle of the pieces.
    along_m, across_m : (p, n) place of each group of pieces in the footprint; nan where none lands.
    groups : how many places the figures rest on.
    """

    share: float
    length_m: float
    width_m: float
    event_length_m: Floats
    heel_m: float
    toe_m: float
    centre_latitude_rad: float
    centre_longitude_rad: float
    along_m: Floats
    across_m: Floats
    groups: int

    @property
    def statement(self) -> str:
        """The footprint in a sentence."""
        low, mid, high = np.nanquantile(self.event_length_m / 1e3, (0.05, 0.5, 0.95))
        return (
            f"{100 * self.share:g} % of the pieces of all members land within {self.width_m / 1e3:.0f} x "
            f"{self.length_m / 1e3:.0f} km; one event is {mid:.0f} km long ({low:.0f} to {high:.0f} km, 90 %)."
        )


def footprint(survivors: Survivors, *, share: float = 0.99) -> Footprint:
    """The footprint of what survives.

    Each group of pieces counts once in a member in which it lands with at least 15 J, whatever its number. ``share`` between 0.5
    and 1. Raises InputError for a share out of range, or where nothing lands.
    """
    if not 0.5 <= share <= 1.0:
        raise InputError.one("footprint", "share", share, "0.5 to 1")
    down = survivors.downrange_m
    lands = np.isfinite(down) & (survivors.piece_count > 0.0)
    if lands.sum() < 2:
        raise InputError.one("footprint", "survivors", "fewer than two places", "pieces that land", "Use more members.")
    lat, lon = survivors.latitude_rad[lands], survivors.longitude_rad[lands]
    unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    along, across, middle = _track_frame(unit, down[lands])
    tail = 0.5 * (1.0 - share)
    ends = np.quantile(along, (tail, 1.0 - tail))
    width = 2.0 * float(np.quantile(np.abs(across), share))
    full_along, full_across = np.full(down.shape, np.nan), np.full(down.shape, np.nan)
    full_along[lands], full_across[lands] = along, across
    enough = lands.sum(axis=0) >= 2
    event = np.full(down.shape[1], np.nan)
    part = full_along[:, enough]
    event[enough] = np.nanmax(part, axis=0) - np.nanmin(part, axis=0)
    heel, toe = np.quantile(down[lands], (tail, 1.0 - tail))
    return Footprint(
        share, float(ends[1] - ends[0]), width, event, float(heel), float(toe),
        float(np.arcsin(middle[2])), float(np.arctan2(middle[1], middle[0])), full_along, full_across, int(lands.sum()),
    )  # fmt: skip


def _track_frame(unit: Floats, down_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Distance along and across the curved track (m) and the middle's unit vector; ``unit`` (3, k)."""
    order = np.argsort(down_m)
    middle = unit[:, order[len(order) // 2]]
    radius = EARTH_EQUATORIAL_RADIUS_M
    # azimuthal equidistant coordinates about the middle, turned so that the first axis points down the track
    pole = np.array([0.0, 0.0, 1.0]) if abs(middle[2]) < 0.99 else np.array([1.0, 0.0, 0.0])
    east = np.cross(pole, middle)
    east /= np.linalg.norm(east)
    north = np.cross(middle, east)
    e, n = east @ unit, north @ unit
    angle = np.arctan2(np.hypot(e, n), middle @ unit)
    bearing = np.arctan2(e, n)
    x, y = radius * angle * np.sin(bearing), radius * angle * np.cos(bearing)
    third = max(1, len(order) // 3)
    front, back = order[-third:], order[:third]
    ahead = np.array([x[front].mean() - x[back].mean(), y[front].mean() - y[back].mean()])
    length = float(np.hypot(*ahead))
    ahead = ahead / length if length > 0.0 else np.array([0.0, 1.0])
    along, across = x * ahead[0] + y * ahead[1], x * ahead[1] - y * ahead[0]
    if len(order) >= 20 and np.ptp(along) > 1e3:
        scale = np.abs(along).max()
        across = across - np.polyval(np.polyfit(along / scale, across, 3), along / scale)
    return along, across, middle
