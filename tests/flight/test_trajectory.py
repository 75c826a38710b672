"""Trajectories: interpolation, mean altitude, joining."""

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.engines.numerical import Flight, Forces, fly
from stationkeeper.flight.state import StateVector
from stationkeeper.flight.trajectory import Trajectory


@pytest.fixture(scope="module")
def burn(station_state: StateVector) -> FiniteBurn:
    return FiniteBurn.from_delta_v(station_state.epoch.plus_s(5_000.0), 0.8, 445_386.0, 300.0, duration_s=526.8)


@pytest.fixture(scope="module")
def coarse(station_state: StateVector, station_body: Body, burn: FiniteBurn) -> Flight:
    return fly(
        station_state, station_body, station_state.epoch.plus_days(1.0), weather=SpaceWeather.fixed(), burns=[burn]
    )


def test_interpolation_between_samples_of_300_seconds(
    station_state: StateVector, station_body: Body, burn: FiniteBurn, coarse: Flight
) -> None:
    fine = fly(
        station_state,
        station_body,
        coarse.end_state.epoch,
        weather=SpaceWeather.fixed(),
        burns=[burn],
        output_step_s=50.0,
    ).trajectory
    position, velocity = coarse.trajectory.interpolate(fine.times_tai_us)
    error = np.linalg.norm(position - fine.position_gcrf_m, axis=1)
    assert np.median(error) < 0.05
    assert error.max() < 2.0
    assert np.linalg.norm(velocity - fine.velocity_gcrf_m_s, axis=1).max() < 0.05


def test_a_sample_comes_back_as_it_is(coarse: Flight) -> None:
    k = 17
    state = coarse.trajectory.at(coarse.trajectory.epochs[k])
    assert state.position_gcrf_m == pytest.approx(coarse.trajectory.position_gcrf_m[k], abs=1e-6)
    assert coarse.trajectory.last_state.epoch == coarse.trajectory.end
    assert coarse.trajectory.first_state.epoch == coarse.trajectory.start


def test_nothing_is_extrapolated(coarse: Flight) -> None:
    for at in (coarse.trajectory.start.plus_s(-1.0), coarse.trajectory.end.plus_s(1.0)):
        with pytest.raises(OutOfRangeError, match="the trajectory runs from"):
            coarse.trajectory.at(at)


def test_mean_altitude_is_steady_without_drag(station_state: StateVector, station_body: Body) -> None:
    """What the first-order mean leaves: below 0.4 km for one sample, 0.15 km rms; a day's mean to tens of metres."""
    flight = fly(
        station_state,
        station_body,
        station_state.epoch.plus_days(3.0),
        weather=SpaceWeather.fixed(),
        forces=Forces(drag=False),
    ).trajectory
    altitude = flight.mean_altitude_m()
    assert np.abs(altitude - altitude.mean()).max() < 400.0
    assert altitude.std() < 150.0
    days = [flight.mean_altitude_at_m(flight.start.plus_days(d)) for d in (0.6, 1.5, 2.4)]
    assert np.ptp(days) < 30.0


def test_samples_lie_where_a_station_flies(coarse: Flight) -> None:
    place = coarse.trajectory.geodetic()
    assert 410e3 < place.height_m.min() < place.height_m.max() < 440e3
    assert np.degrees(np.abs(place.latitude_rad)).max() == pytest.approx(51.8, abs=0.2)


def test_joining_two_legs_gives_the_whole(station_state: StateVector, station_body: Body) -> None:
    calm = SpaceWeather.fixed()
    middle, end = station_state.epoch.plus_s(3_000.0), station_state.epoch.plus_s(6_000.0)
    first = fly(station_state, station_body, middle, weather=calm)
    second = fly(first.end_state, station_body, end, weather=calm)
    whole = Trajectory.concat([first.trajectory, second.trajectory])
    assert len(whole.epochs) == 21
    assert (whole.start, whole.end) == (station_state.epoch, end)
    assert Trajectory.concat([first.trajectory]).epochs == first.trajectory.epochs


def test_a_jump_at_a_seam_keeps_both_sides(station_state: StateVector, station_body: Body) -> None:
    calm = SpaceWeather.fixed()
    middle = station_state.epoch.plus_s(3_000.0)
    first = fly(station_state, station_body, middle, weather=calm)
    pushed = StateVector(middle, first.end_state.position_gcrf_m, first.end_state.velocity_gcrf_m_s * (1.0 + 1e-5))
    second = fly(pushed, station_body.with_mass(400e3), middle.plus_s(3_000.0), weather=calm)
    whole = Trajectory.concat([first.trajectory, second.trajectory])
    assert len(whole.epochs) == 22
    before, after = whole.at(middle.plus_s(-1.0)), whole.at(middle.plus_s(1.0))
    assert after.speed_m_s - before.speed_m_s == pytest.approx(0.077, abs=0.02)
    assert whole.at(middle.plus_s(-100.0)).position_gcrf_m == pytest.approx(
        first.trajectory.at(middle.plus_s(-100.0)).position_gcrf_m, abs=0.01
    )
    assert whole.mass_kg is not None
    assert set(whole.mass_kg) == {445_386.0, 400e3}


def test_parts_that_do_not_meet_are_refused(coarse: Flight) -> None:
    with pytest.raises(InputError, match="no gap, no overlap"):
        Trajectory.concat([coarse.trajectory, coarse.trajectory])
    with pytest.raises(InputError, match="at least one"):
        Trajectory.concat([])


def test_samples_out_of_order_or_not_finite_are_refused() -> None:
    at = Epoch.parse("2022-02-24T00:00:00Z")
    r, v = np.full((2, 3), 7e6), np.full((2, 3), 1e3)
    with pytest.raises(InputError, match="rising order"):
        Trajectory.build([at, at], r, v)
    with pytest.raises(InputError, match="not finite"):
        Trajectory.build([at, at.plus_s(1.0)], r * np.nan, v)


def test_a_leap_second_has_its_own_sample() -> None:
    first = Epoch.parse("2016-12-31T23:59:59Z")
    times = [first.plus_s(float(k)) for k in range(4)]
    state = StateVector.circular(first, 400e3, 0.9)
    steps = np.arange(4.0)[:, None]
    built = Trajectory.build(
        times, state.position_gcrf_m + steps * state.velocity_gcrf_m_s, np.tile(state.velocity_gcrf_m_s, (4, 1))
    )
    assert built.epochs == tuple(times)
    assert built.dataset["elapsed_s"].values.tolist() == [0.0, 1.0, 2.0, 3.0]
