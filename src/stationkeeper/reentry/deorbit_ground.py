"""From cut-off to the ground: the entry at 120 km, and where the middle of the pieces comes down.

Entry is the first passing of 120 km above the ellipsoid. The pieces are those of the station's own break-up
(:mod:`stationkeeper.reentry.breakup`), a few members of it where only their middle is wanted: half of the mass that lands comes
down before the middle and half beyond it. With :data:`FEW` members the middle lies within about 100 km of that of hundreds
(tests/reentry/test_deorbit_ground.py).

Neglected: lift of the whole; the whole body's drag below 120 km is the break-up's own, not the plan's. Validation status: checked
(validation/planned_deorbits).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_ROTATION_RATE_RAD_S
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import gcrf_to_itrf_state, geodetic, itrf_of_geodetic, itrf_to_gcrf
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.breakup import break_up
from stationkeeper.reentry.pieces import Piece
from stationkeeper.reentry.survivors import Survivors

Floats = NDArray[np.float64]
ENTRY_M: Final = 120_000.0
FEW: Final = 24
"""Members where the middle alone is wanted."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the ground, geodetic, and when something comes down there."""

    epoch: Epoch
    latitude_rad: float
    longitude_rad: float


@dataclass(frozen=True, slots=True)
class Entry:
    """The state at 120 km above the ellipsoid.

    Parameters
    ----------
    state : GCRF.
    latitude_rad, longitude_rad : geodetic.
    speed_m_s, flight_path_angle_rad, azimuth_rad : of the inertial velocity: its size, its angle above the geodetic horizon (below:
        negative), its direction from north over east, 0 to 2 pi.
    position_itrf_m, velocity_itrf_m_s : (3,) the same in Earth-fixed axes; the velocity is the inertial one.
    """

    state: StateVector
    latitude_rad: float
    longitude_rad: float
    speed_m_s: float
    flight_path_angle_rad: float
    azimuth_rad: float
    position_itrf_m: Floats
    velocity_itrf_m_s: Floats

    @property
    def epoch(self) -> Epoch:
        """When 120 km is passed."""
        return self.state.epoch


@dataclass(frozen=True, slots=True)
class Descent:
    """From 120 km to the ground.

    Parameters
    ----------
    at_100_km : when 100 km is passed.
    middle : of the mass that lands, from a few members of the break-up; ``pieces``: those members.
    """

    entry: Entry
    at_100_km: Epoch
    middle: Place
    pieces: Survivors


def entry_at(state: StateVector) -> Entry:
    """The entry of an osculating state that lies at 120 km."""
    r, v = (x[0] for x in gcrf_to_itrf_state(state.epoch, state.position_gcrf_m, state.velocity_gcrf_m_s))
    v = v + EARTH_ROTATION_RATE_RAD_S * np.array([-r[1], r[0], 0.0])
    at = geodetic(r)
    latitude, longitude = float(at.latitude_rad[0]), float(at.longitude_rad[0])
    speed = float(np.linalg.norm(v))
    angle = math.asin(float(v @ vertical(latitude, longitude)) / speed)
    heading = heading_rad(v[:, None], np.array([latitude]), np.array([longitude]))
    return Entry(state, latitude, longitude, speed, angle, float(heading[0]), r, v)


def vertical(latitude_rad: float, longitude_rad: float) -> Floats:
    """The normal of the ellipsoid, Earth-fixed."""
    c = math.cos(latitude_rad)
    return np.array([c * math.cos(longitude_rad), c * math.sin(longitude_rad), math.sin(latitude_rad)])


def heading_rad(velocity_m_s: Floats, latitude_rad: Floats, longitude_rad: Floats) -> Floats:
    """Direction of velocities (3, n) in Earth-fixed axes at places (n,), from north over east, 0 to 2 pi."""
    x, y, z = velocity_m_s
    east = -np.sin(longitude_rad) * x + np.cos(longitude_rad) * y
    level = np.cos(longitude_rad) * x + np.sin(longitude_rad) * y
    north = np.cos(latitude_rad) * z - np.sin(latitude_rad) * level
    return np.asarray(np.arctan2(east, north) % math.tau)


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two places (latitude, longitude in rad) on a sphere of 6,371 km."""
    p, q = (vertical(*x) for x in (a, b))
    return 6_371_000.0 * math.atan2(float(np.linalg.norm(np.cross(p, q))), float(np.dot(p, q)))


def argument_of_latitude_rad(state: StateVector, place: Place) -> float:
    """Argument of latitude of a place, when something comes down there, in the orbit's plane of a state."""
    r = itrf_to_gcrf(place.epoch, itrf_of_geodetic(place.latitude_rad, place.longitude_rad, 0.0))[0]
    h = state.angular_momentum_m2_s / np.linalg.norm(state.angular_momentum_m2_s)
    node = np.array([math.cos(state.raan_rad), math.sin(state.raan_rad), 0.0])
    return math.atan2(float(r @ np.cross(h, node)), float(r @ node))


def few_pieces(pieces: Sequence[Piece], entry: Entry) -> Survivors:
    """A few members of the break-up, all from one entry."""
    return break_up(
        pieces, entry.speed_m_s, entry.flight_path_angle_rad, members=FEW, latitude_rad=entry.latitude_rad,
        longitude_rad=entry.longitude_rad, azimuth_rad=entry.azimuth_rad, frame="inertial",
    )  # fmt: skip


def spread_m(survivors: Survivors) -> float:
    """Distance along the track that holds the middle 90 % of the landing mass of all members, all from one entry."""
    down, mass = survivors.downrange_m.ravel(), survivors.piece_mass_kg.ravel()
    lands = np.isfinite(down)
    order = np.argsort(down[lands])
    share = np.cumsum(mass[lands][order]) / mass[lands].sum()
    low, high = (down[lands][order][np.searchsorted(share, q)] for q in (0.05, 0.95))
    return float(high - low)


def middle_of(survivors: Survivors, along_m: Floats, start: Epoch, later_s: Floats | float = 0.0) -> Place:
    """Where half of the landing mass of all members lies to either side: the mean of the fifth of it around that.

    ``along_m`` (p, n) orders the places along the track, NaN where nothing lands; ``start`` is the entry, of members that
    enter ``later_s`` (n,) after it.
    """
    lands = np.flatnonzero(np.isfinite(along_m.ravel()))
    order = lands[np.argsort(along_m.ravel()[lands])]
    mass = survivors.piece_mass_kg.ravel()[order]
    share = (np.cumsum(mass) - 0.5 * mass) / mass.sum()
    near = np.abs(share - 0.5) <= max(0.1, float(np.abs(share - 0.5).min()))
    at, weight = order[near], mass[near]
    lat, lon = survivors.latitude_rad.ravel()[at], survivors.longitude_rad.ravel()[at]
    ground = (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat))
    x, y, z = (float(np.average(q, weights=weight)) for q in ground)
    seconds = np.average((survivors.time_s + later_s).ravel()[at], weights=weight)
    return Place(start.plus_s(float(seconds)), math.atan2(z, math.hypot(x, y)), math.atan2(y, x))


def place_of(survivors: Survivors, at: int, start: Epoch, later_s: Floats | float = 0.0) -> Place:
    """The place of one group of pieces in one member, by its index in the flattened (p, n) arrays."""
    seconds = float((survivors.time_s + later_s).ravel()[at])
    return Place(
        start.plus_s(seconds), float(survivors.latitude_rad.ravel()[at]), float(survivors.longitude_rad.ravel()[at])
    )


__all__ = [
    "ENTRY_M", "Descent", "Entry", "Place", "argument_of_latitude_rad", "distance_m", "entry_at", "few_pieces", "heading_rad", "middle_of",
    "place_of", "spread_m",
]  # fmt: skip
