"""Where the pieces of a planned deorbit come down: the station's break-up over the spread of its entries, against the corridor.

Model. Members differ by the thrust of the last burn and by the air from its ignition to 120 km; how the entry follows them is
taken as linear, from two more flights (one standard deviation of each). From there each member goes through
the break-up (:mod:`stationkeeper.reentry.breakup`) with its own heights of release, heating, air, drag, lift of the pieces and winds.
The state at ignition counts as known: it is tracked, and the last burn planned anew from it.

Neglected: a burn that points off its line, an ignition off its time, lift of the whole. Land is Natural Earth's at 1:50 million:
islands of a few km are not on it. Validation status: checked (tests/reentry/test_deorbit_zone.py; sizes beside those published in
validation/planned_deorbits).

References
----------
National Research Council, Engineering challenges to the long-term operation of the ISS (2000), pp. 28-30: what spreads a
footprint. Source key: R160.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import geodetic
from stationkeeper.core.ranges import Range
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.breakup import break_up
from stationkeeper.reentry.deorbit_burns import BURN_FLOOR_M, Job
from stationkeeper.reentry.deorbit_ground import Entry, Place, entry_at, heading_rad, middle_of, place_of
from stationkeeper.reentry.footprint import Footprint, footprint
from stationkeeper.reentry.places import OCEANS, names_at
from stationkeeper.reentry.survivors import HEAVIEST_KNOWN_KG, Survivors

Floats = NDArray[np.float64]
SHARE: Final = 0.99
"""Part of the places within heel and toe."""
WIDE_SHARE: Final = 0.999
"""Part of the places that the wider zone holds. Not all: the farthest of a sample lies the farther, the more members there are."""
_CELL_RAD: Final = math.radians(0.05)
_STATIONS: Final = 120
_ACROSS_M: Final = 10_000.0


@dataclass(frozen=True, slots=True)
class Before:
    """Where the last burn is dispersed from: the state after the burn before, its mass, and the last burn."""

    state: StateVector
    mass_kg: float
    burn: FiniteBurn


@dataclass(frozen=True, slots=True)
class Zone:
    """Where the pieces of all members come down. A *piece* strikes with at least 15 J.

    Parameters
    ----------
    heel, toe : near and far end of what holds :data:`SHARE` of the places; ``middle``: of the landing mass.
    first, last : when the first and the last pieces strike, equal tails as for heel and toe.
    length_m, width_m : of that share, over all members; ``wide_length_m``, ``wide_width_m`` of :data:`WIDE_SHARE`.
    event_length_m : of one event, every piece: median and ends of 90 % of the members.
    surviving_ratio, surviving_kg, count : mass and number of pieces that land, median and ends of 90 %.
    inside_ratio : part of the pieces that strike in the corridor; ``members_inside_ratio``: of the members of which all do.
    on_land_ratio : part of the pieces that strike land; ``lands``: countries with land between the ends and sides of all places
        of these members.
    burn_moves_m, density_moves_m : how far the place of entry moves with one standard deviation of each.
    parts_kg : mass of the parts before.
    """

    members: int
    seed: int
    heel: Place
    middle: Place
    toe: Place
    first: Epoch
    last: Epoch
    length_m: float
    width_m: float
    wide_length_m: float
    wide_width_m: float
    event_length_m: Range
    surviving_ratio: Range
    surviving_kg: Range
    count: Range
    inside_ratio: float
    members_inside_ratio: float
    on_land_ratio: float
    lands: tuple[str, ...]
    burn_moves_m: float
    density_moves_m: float
    parts_kg: float

    @property
    def extrapolated(self) -> bool:
        """Whether nothing so heavy has come down yet."""
        return self.parts_kg > HEAVIEST_KNOWN_KG


@dataclass(frozen=True, slots=True)
class _Entries:
    """Entries of n members: seconds after the nominal one, and what ``break_up`` takes, inertial."""

    later_s: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    speed_m_s: Floats
    angle_rad: Floats
    azimuth_rad: Floats
    moves_m: tuple[float, float]


def zone_of(job: Job, before: Before, nominal: Entry, parts_kg: float, *, members: int, seed: int) -> Zone | None:
    """The zone of a plan; None where a dispersed burn does not bring it down on the same pass."""
    entries = _entries(job, before, nominal, members, seed)
    if entries is None:
        return None
    s = break_up(
        job.pieces, entries.speed_m_s, entries.angle_rad, members=members, seed=seed, latitude_rad=entries.latitude_rad,
        longitude_rad=entries.longitude_rad, azimuth_rad=entries.azimuth_rad, frame="inertial",
    )  # fmt: skip
    return _zone(job, s, entries, nominal.epoch, parts_kg)


def _entries(job: Job, before: Before, nominal: Entry, members: int, seed: int) -> _Entries | None:
    d = job.plan.file.dispersion
    burn, state, mass = before.burn, before.state, before.mass_kg
    if burn.start - state.epoch > 1.0:
        state = job.fly(state, mass, burn.start).end_state
    sizes = (0.01 * d.last_burn_percent, 0.01 * d.density_percent)
    found = []
    for thrust, air in ((sizes[0], 0.0), (0.0, sizes[1])):
        again = replace(burn, thrust_n=burn.thrust_n * (1.0 + thrust))
        flight = job.fly(state, mass, burn.end, (again,), BURN_FLOOR_M, air=1.0 + air)
        entry = job.entry(flight.end_state, flight.end_mass_kg, air=1.0 + air) if flight.stopped is None else None
        if entry is None:
            return None
        found.append(entry_at(entry))
    x0 = _as_row(nominal, nominal.epoch)
    slopes = [_as_row(e, nominal.epoch) - x0 for e in found]
    z = np.clip(np.random.default_rng([seed, 0xB0_12]).standard_normal((members, 2)), -3.0, 3.0)
    rows = x0 + z @ np.array(slopes)
    # a step along the chord lengthens the vectors; only their directions are used
    place = geodetic(rows[:, 3:6] * (np.linalg.norm(x0[3:6]) / np.linalg.norm(rows[:, 3:6], axis=1))[:, None])
    latitude, longitude = np.asarray(place.latitude_rad), np.asarray(place.longitude_rad)
    azimuth = heading_rad(rows[:, 6:9].T, latitude, longitude)
    return _Entries(
        rows[:, 0], latitude, longitude, rows[:, 1], rows[:, 2], azimuth,
        (float(np.linalg.norm(slopes[0][3:6])), float(np.linalg.norm(slopes[1][3:6]))),
    )  # fmt: skip


def _as_row(e: Entry, start: Epoch) -> Floats:
    return np.array([e.epoch - start, e.speed_m_s, e.flight_path_angle_rad, *e.position_itrf_m, *e.velocity_itrf_m_s])


def _zone(job: Job, s: Survivors, entries: _Entries, start: Epoch, parts_kg: float) -> Zone:
    tight, wide, whole = (footprint(s, share=x) for x in (SHARE, WIDE_SHARE, 1.0))
    along = tight.along_m.ravel()
    lands = np.flatnonzero(np.isfinite(along))
    order = lands[np.argsort(along[lands])]
    tail = 0.5 * (1.0 - SHARE)
    ends = [int(order[round(q * (len(order) - 1))]) for q in (tail, 1.0 - tail)]
    strikes = (s.time_s + entries.later_s).ravel()[lands]
    first, last = (start.plus_s(float(x)) for x in np.quantile(strikes, (tail, 1.0 - tail)))
    latitude, longitude, count = (
        s.latitude_rad.ravel()[lands],
        s.longitude_rad.ravel()[lands],
        s.piece_count.ravel()[lands],
    )
    inside = job.plan.file.corridor.holds(latitude, longitude)
    every = np.ones(s.members, dtype=bool)
    np.logical_and.at(every, lands % s.members, inside)
    heel, toe = (place_of(s, k, start, entries.later_s) for k in ends)
    return Zone(
        s.members, s.seed, heel, middle_of(s, tight.along_m, start, entries.later_s), toe, first, last, tight.length_m, tight.width_m,
        wide.length_m, wide.width_m, _spread(tight.event_length_m), _spread(s.surviving_ratio), _spread(s.mass_kg), _spread(s.count),
        _part(inside, count), float(every.mean()), _part(on_land(latitude, longitude), count),
        _lands_between(s, whole), *entries.moves_m, parts_kg,
    )  # fmt: skip


def _part(which: NDArray[np.bool_], weight: Floats) -> float:
    return float(weight[which].sum() / weight.sum())


def _spread(x: Floats) -> Range:
    """Median and the ends of 90 %."""
    low, mid, high = (float(q) for q in np.nanquantile(x, (0.05, 0.5, 0.95)))
    return Range(mid, low, high)


def on_land(latitude_rad: Floats, longitude_rad: Floats) -> NDArray[np.bool_]:
    """Whether places lie on land, to the middle of their cell of 0.05 degrees."""
    cell = np.stack([np.floor(latitude_rad / _CELL_RAD), np.floor(longitude_rad / _CELL_RAD)], axis=1)
    unique, back = np.unique(cell, axis=0, return_inverse=True)
    middle = (unique + 0.5) * _CELL_RAD
    land = ~np.isin(names_at(middle[:, 0], middle[:, 1]).astype(str), OCEANS)
    return np.asarray(land[back.ravel()])


def _lands_between(s: Survivors, f: Footprint) -> tuple[str, ...]:
    """Countries with land in the strip of all places, from a net of points about 10 km apart across it."""
    along, across = f.along_m.ravel(), f.across_m.ravel()
    lands = np.flatnonzero(np.isfinite(along))
    order = lands[np.argsort(along[lands])]
    steps = np.linspace(along[order[0]], along[order[-1]], _STATIONS)
    at = order[np.clip(np.searchsorted(along[order], steps), 0, len(order) - 1)]
    lat, lon = s.latitude_rad.ravel()[at], s.longitude_rad.ravel()[at]
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    ahead = np.gradient(up, axis=0)
    right = np.cross(ahead, up)
    right /= np.linalg.norm(right, axis=1)[:, None] + 1e-12
    half = 0.5 * f.width_m
    offsets = np.linspace(-half, half, max(3, math.ceil(f.width_m / _ACROSS_M) + 1))
    turn = (offsets[None, :] - across[at][:, None]) / EARTH_EQUATORIAL_RADIUS_M
    net = (np.cos(turn)[..., None] * up[:, None] + np.sin(turn)[..., None] * right[:, None]).reshape(-1, 3)
    names = names_at(np.arcsin(np.clip(net[:, 2], -1.0, 1.0)), np.arctan2(net[:, 1], net[:, 0]))
    return tuple(sorted(set(names.tolist()) - set(OCEANS)))


__all__ = ["SHARE", "WIDE_SHARE", "Before", "Zone", "on_land", "zone_of"]
