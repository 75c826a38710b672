"""From 120 km to the ground: angles and frames, and the middle of the pieces."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import itrf_of_geodetic, itrf_to_gcrf, itrf_to_gcrf_state
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.breakup import break_up
from stationkeeper.reentry.deorbit_ground import (
    Place,
    argument_of_latitude_rad,
    distance_m,
    entry_at,
    few_pieces,
    heading_rad,
    middle_of,
)
from stationkeeper.reentry.pieces import pieces_of_body

AT = Epoch.parse("2022-08-20T00:00:00Z")


def test_distance_of_a_quarter_of_the_earth() -> None:
    assert distance_m((0.0, 0.0), (0.0, math.pi / 2)) == pytest.approx(6_371_000.0 * math.pi / 2)


def entering(latitude_deg: float, speed_m_s: float, angle_deg: float, azimuth_deg: float) -> StateVector:
    """An inertial velocity against the geodetic horizon at 120 km over 170 E."""
    lat, lon, g, a = (math.radians(x) for x in (latitude_deg, 170.0, angle_deg, azimuth_deg))
    r = itrf_of_geodetic(lat, lon, 120e3)
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.cross(up, east)
    v = speed_m_s * (math.sin(g) * up + math.cos(g) * (math.sin(a) * east + math.cos(a) * north))
    v_ground = v - np.cross([0.0, 0.0, 7.292115e-5], r[0])
    position, velocity = itrf_to_gcrf_state(AT, r, v_ground)
    return StateVector(AT, position[0], velocity[0])


def test_an_entry_gives_the_inertial_speed_angle_and_heading_that_it_was_made_of() -> None:
    e = entry_at(entering(-35.0, 7_838.0, -0.6, 141.0))
    assert math.degrees(e.latitude_rad) == pytest.approx(-35.0, abs=1e-6)
    assert math.degrees(e.longitude_rad) == pytest.approx(170.0, abs=1e-6)
    assert e.speed_m_s == pytest.approx(7_838.0, abs=0.01)
    assert math.degrees(e.flight_path_angle_rad) == pytest.approx(-0.6, abs=1e-4)
    assert math.degrees(e.azimuth_rad) == pytest.approx(141.0, abs=1e-4)


def test_headings() -> None:
    north, east = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])  # over 0 N 0 E
    found = heading_rad(np.stack([north, east, -north, -east], axis=1), np.zeros(4), np.zeros(4))
    assert np.degrees(found) == pytest.approx([0.0, 90.0, 180.0, 270.0])


def test_the_argument_of_latitude_of_the_place_right_below_is_that_of_the_state() -> None:
    s = entering(-35.0, 7_838.0, -0.6, 141.0)
    radial = s.position_gcrf_m / s.radius_m * 6.37e6
    place = Place(AT, *_below(radial))
    # 0.2 degrees: geodetic against geocentric
    assert math.remainder(argument_of_latitude_rad(s, place) - s.argument_of_latitude_rad, math.tau) == pytest.approx(
        0.0, abs=math.radians(0.3)
    )


def _below(position_gcrf_m: np.ndarray) -> tuple[float, float]:
    turned = itrf_to_gcrf(AT, np.eye(3))
    x = turned @ position_gcrf_m  # rows of the transposed matrix are the Earth-fixed axes in GCRF
    return math.asin(x[2] / float(np.linalg.norm(x))), math.atan2(x[1], x[0])


def test_the_middle_of_a_few_members_is_near_that_of_many() -> None:
    e = entry_at(entering(-20.0, 7_840.0, -0.6, 141.0))
    pieces = pieces_of_body("mir")
    few = few_pieces(pieces, e)
    many = break_up(
        pieces, e.speed_m_s, e.flight_path_angle_rad, members=120, seed=5, latitude_rad=e.latitude_rad,
        longitude_rad=e.longitude_rad, azimuth_rad=e.azimuth_rad,
    )  # fmt: skip
    a, b = (middle_of(s, s.downrange_m, e.epoch) for s in (few, many))
    # 24 members whose middles scatter by some 250 km: 50 km, and the 120 by 25 km; four times that are asked for
    assert distance_m((a.latitude_rad, a.longitude_rad), (b.latitude_rad, b.longitude_rad)) < 210e3
    assert 600.0 < a.epoch - e.epoch < 3_600.0


def test_the_middle_has_half_of_the_landing_mass_before_it() -> None:
    e = entry_at(entering(-20.0, 7_840.0, -0.6, 141.0))
    s = few_pieces(pieces_of_body("mir"), e)
    place = middle_of(s, s.downrange_m, e.epoch)
    start = (e.latitude_rad, e.longitude_rad)
    down = distance_m(start, (place.latitude_rad, place.longitude_rad))
    before = s.piece_mass_kg[np.nan_to_num(s.downrange_m, nan=np.inf) < down].sum() / s.piece_mass_kg.sum()
    assert 0.3 < before < 0.7  # the fifth around the half; the Earth's flattening moves distances by 0.3 %
    later = middle_of(replace(s, time_s=s.time_s + 10.0), s.downrange_m, e.epoch)
    assert later.epoch - place.epoch == pytest.approx(10.0, abs=1e-3)
