"""The footprint: its geometry on made-up places, and the size of the station's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.reentry.breakup import Survivors, _moved, break_up, pieces_of, pieces_of_body
from stationkeeper.reentry.footprint import _track_frame, footprint
from stationkeeper.reentry.people import Grid, _area_below_m2
from stationkeeper.reentry.risk import casualty_expectation
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station


def test_length_and_width_of_places_along_a_great_circle() -> None:
    rng = np.random.default_rng(4)
    along = rng.uniform(-1.5e6, 1.5e6, 400) / EARTH_EQUATORIAL_RADIUS_M
    across = rng.uniform(-60e3, 60e3, 400) / EARTH_EQUATORIAL_RADIUS_M
    tilt = math.radians(50.0)
    plane = np.stack([np.cos(along) * np.cos(across), np.sin(along) * np.cos(across), np.sin(across)])
    turn = np.array([[1, 0, 0], [0, math.cos(tilt), -math.sin(tilt)], [0, math.sin(tilt), math.cos(tilt)]])
    a, c, _ = _track_frame(turn @ plane, along * EARTH_EQUATORIAL_RADIUS_M)
    # 2 %: the projection stretches what lies off the axis, and the middle is that of the drawn places
    assert np.ptp(a) == pytest.approx(np.ptp(along) * EARTH_EQUATORIAL_RADIUS_M, rel=0.02)
    assert np.abs(c).max() == pytest.approx(60e3, rel=0.1)


def test_wind_moves_a_place_over_the_ground() -> None:
    x = np.array([[6.4e6], [0.0], [0.0]])
    assert _moved(x, np.array([1e3]), np.array([0.0])).ravel().tolist() == pytest.approx([6.4e6, 1e3, 0.0])
    assert _moved(x, np.array([0.0]), np.array([1e3])).ravel().tolist() == pytest.approx([6.4e6, 0.0, 1e3])


def controlled(pieces: tuple, members: int) -> Survivors:  # type: ignore[type-arg]
    """Entry from an orbit of 50 x 200 km, 120 km on the way down, inertial."""
    mu, rp, ra, r = 3.986004415e14, 6_428e3, 6_578e3, 6_498e3
    a = 0.5 * (rp + ra)
    v = math.sqrt(mu * (2.0 / r - 1.0 / a))
    e = (ra - rp) / (ra + rp)
    angle = -math.acos(math.sqrt(mu * a * (1.0 - e * e)) / (r * v))
    return break_up(
        pieces,
        v,
        angle,
        members=members,
        seed=1,
        frame="radial",
        latitude_rad=-0.35,
        longitude_rad=3.0,
        azimuth_rad=2.3,
    )


def test_the_station_s_controlled_footprint_is_shorter_and_narrower_than_published() -> None:
    iss = configuration_at(load_station("iss"), Epoch.parse("2022-03-07T00:00:00Z")).stacks()[0]
    f = footprint(controlled(pieces_of(iss), 24))
    # published: 300 x 5,370 km (R160), 6,000 km (R159), about 2,000 km (R154). One entry without dispersions comes out shorter and
    # narrower (some 1,500 x 60 km): the pieces of a group are alike in a member, and the published figures hold margins
    assert 1_000e3 < f.length_m < 5_370e3
    assert 30e3 < f.width_m < 300e3
    assert f.heel_m < f.toe_m
    assert np.nanmax(f.event_length_m) > 0.5 * f.length_m
    assert "km" in f.statement


def test_a_smaller_share_has_a_smaller_footprint() -> None:
    s = controlled(pieces_of_body("mir"), 40)
    wide, narrow = footprint(s), footprint(s, share=0.9)
    assert narrow.length_m < wide.length_m
    assert narrow.width_m < wide.width_m
    assert math.degrees(wide.centre_latitude_rad) < -20.0  # flown southwards from 20 S


def test_people_are_counted_under_every_piece_of_a_footprint() -> None:
    """The whole way: pieces, their places, a grid of people. With one density everywhere it is area times density."""
    s = controlled(pieces_of_body("uars"), 220)
    edges = np.radians(np.arange(-90.0, 91.0))
    count = np.full((180, 360), 1e-5) * (np.diff(_area_below_m2(edges)) / 360.0)[:, None]
    even = Grid(-np.pi / 2, -np.pi, math.radians(1.0), count, 2020.0)
    north = Grid(
        -np.pi / 2, -np.pi, math.radians(1.0), np.where(np.arange(180) >= 90, 1.0, 0.0)[:, None] * count, 2020.0
    )
    places = {"latitude_rad": s.latitude_rad, "longitude_rad": s.longitude_rad}
    risk = casualty_expectation(s.piece_area_m2, year=2020.0, grid=even, area_inputs=s.draws, **places)
    assert risk.expectation == pytest.approx(1e-5 * s.casualty_area_m2.mean(), rel=0.02)  # 220 draws of 5 % on people
    sea = casualty_expectation(s.piece_area_m2, year=2020.0, grid=north, **places)  # it comes down in the south
    assert not sea.enough
    assert sea.hits == 0


def test_wrong_input() -> None:
    s = controlled(pieces_of_body("uars"), 4)
    with pytest.raises(InputError, match="share"):
        footprint(s, share=0.2)
