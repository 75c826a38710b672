"""Frames, against astropy and by their own inverses. satkit is compared in tests/flight/test_numerical.py."""

import math

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError
from stationkeeper.core.frames import (
    earth_orientation,
    eme2000_to_gcrf,
    gcrf_to_eme2000,
    gcrf_to_itrf,
    gcrf_to_itrf_matrix,
    gcrf_to_itrf_state,
    geodetic,
    itrf_of_geodetic,
    itrf_to_gcrf,
    itrf_to_gcrf_state,
    orientation_statement,
    rtn_basis,
    teme_to_gcrf,
)
from stationkeeper.core.time_arrays import tai_us, utc_datetime64

RNG = np.random.default_rng(20220224)
FIRST = Epoch.parse("2001-01-01T00:00:00Z")
EPOCHS = [FIRST.plus_s(float(x)) for x in RNG.uniform(0.0, 86_400.0 * 9_400, 400)]
POSITION = RNG.normal(size=(400, 3))
POSITION *= 6.79e6 / np.linalg.norm(POSITION, axis=1, keepdims=True)
VELOCITY = RNG.normal(size=(400, 3)) * 4e3


def test_itrf_and_teme_agree_with_astropy() -> None:
    """astropy leaves out the pole offsets (2 cm) and takes Bulletin B where there is one (up to 7 cm): hence 0.1 m."""
    pytest.importorskip("astropy")
    import astropy.units as u
    import astropy_iers_data
    from astropy.coordinates import GCRS, ITRS, TEME, CartesianDifferential, CartesianRepresentation
    from astropy.time import Time
    from astropy.utils import iers

    table = iers.IERS_A.open(astropy_iers_data.IERS_A_FILE)
    with iers.conf.set_temp("auto_download", False), iers.earth_orientation_table.set(table):
        time = Time(utc_datetime64(EPOCHS), scale="utc")
        body = CartesianRepresentation(*(POSITION.T * u.m)).with_differentials(
            CartesianDifferential(*(VELOCITY.T * u.m / u.s))
        )
        itrs = GCRS(body, obstime=time).transform_to(ITRS(obstime=time))
        gcrs = TEME(body, obstime=time).transform_to(GCRS(obstime=time))
        theirs = [x.to_value(u.m).T for x in (itrs.cartesian.xyz, gcrs.cartesian.xyz)]
        their_velocity = itrs.velocity.d_xyz.to_value(u.m / u.s).T
    position, velocity = gcrf_to_itrf_state(EPOCHS, POSITION, VELOCITY)
    assert np.linalg.norm(position - theirs[0], axis=1).max() < 0.10
    assert np.abs(velocity - their_velocity).max() < 0.005
    assert np.linalg.norm(teme_to_gcrf(EPOCHS, POSITION, VELOCITY)[0] - theirs[1], axis=1).max() < 0.05


def test_there_and_back() -> None:
    position, velocity = gcrf_to_itrf_state(EPOCHS, POSITION, VELOCITY)
    back, velocity_back = itrf_to_gcrf_state(EPOCHS, position, velocity)
    assert np.abs(back - POSITION).max() < 1e-7
    assert np.abs(velocity_back - VELOCITY).max() < 1e-10
    assert np.abs(itrf_to_gcrf(EPOCHS, gcrf_to_itrf(EPOCHS, POSITION)) - POSITION).max() < 1e-7
    assert np.abs(gcrf_to_eme2000(eme2000_to_gcrf(POSITION)) - POSITION).max() < 1e-8


def test_a_value_does_not_depend_on_its_neighbours() -> None:
    alone = np.concatenate([gcrf_to_itrf_matrix(e) for e in EPOCHS[:20]])
    assert np.array_equal(alone, gcrf_to_itrf_matrix(EPOCHS)[:20])
    assert np.array_equal(gcrf_to_itrf_matrix(tai_us(EPOCHS)), gcrf_to_itrf_matrix(EPOCHS))


def test_a_place_on_the_ground_moves_with_the_earth() -> None:
    fixed = itrf_of_geodetic(math.radians(51.6), math.radians(30.0), 0.0)
    _, velocity = itrf_to_gcrf_state(EPOCHS[0], fixed, [[0.0, 0.0, 0.0]])
    assert np.linalg.norm(velocity) == pytest.approx(7.292115e-5 * math.hypot(fixed[0, 0], fixed[0, 1]), rel=1e-6)


def test_frame_bias_is_23_milliarcseconds() -> None:
    moved = eme2000_to_gcrf([6.8e6, 0.0, 0.0]) - np.array([6.8e6, 0.0, 0.0])
    assert 0.4 < np.linalg.norm(moved) < 0.8


def test_geodetic_of_the_poles_and_equator() -> None:
    place = geodetic([[6_378_137.0 + 400e3, 0.0, 0.0], [0.0, 0.0, 6_356_752.3142 + 400e3]])
    assert place.height_m == pytest.approx([400e3, 400e3], abs=1e-3)
    assert np.degrees(place.latitude_rad) == pytest.approx([0.0, 90.0])
    there = itrf_of_geodetic(0.9, 2.0, 420e3)
    back = geodetic(there)
    assert (back.latitude_rad[0], back.longitude_rad[0]) == pytest.approx((0.9, 2.0))


def test_rtn_basis_is_right_handed_and_sees_along_track() -> None:
    basis = rtn_basis([7e6, 0.0, 0.0], [100.0, 7.5e3, 0.0])[0]
    assert basis @ np.array([100.0, 7.5e3, 0.0]) == pytest.approx([100.0, 7.5e3, 0.0])
    assert np.linalg.det(basis) == pytest.approx(1.0)


def test_outside_the_earth_orientation_table_is_said_not_extrapolated() -> None:
    with pytest.raises(DataAgeError, match="IERS table of this installation runs from 1973"):
        gcrf_to_itrf(Epoch.parse("2199-01-01T00:00:00Z"), [7e6, 0.0, 0.0])
    table = earth_orientation()
    assert table.kind_at(Epoch.parse("2022-02-24T00:00:00Z")) == "measured"
    assert table.kind_at(Epoch(int(table.times[-1]))) == "predicted"
    assert table.kind_at(Epoch.parse("2199-01-01T00:00:00Z")) == "outside"
    assert "measured" in orientation_statement(Epoch.parse("2022-02-24T00:00:00Z"))
